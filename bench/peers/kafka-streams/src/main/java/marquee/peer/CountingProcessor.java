package marquee.peer;

import java.time.Duration;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts the records of one task into its cells; every interval, publishes those that changed and asks for a commit. */
final class CountingProcessor implements Processor<byte[], byte[], Bytes, byte[]> {
  private final CountedEvent event;
  private final Duration emitInterval;
  private final Progress progress;
  private ProcessorContext<Bytes, byte[]> context;
  private CellTable table;
  private long outputRecords;
  private long outputBytes;

  CountingProcessor(List<Schema> schemas, Duration emitInterval, Progress progress) {
    this.event = new CountedEvent(schemas);
    this.emitInterval = emitInterval;
    this.progress = progress;
  }

  @Override
  public void init(ProcessorContext<Bytes, byte[]> context) {
    this.context = context;
    StateStore store = context.getStateStore(Peer.STORE);
    table = tableOf(store);
    table.load();
    progress.add(table);
    context.schedule(emitInterval, PunctuationType.WALL_CLOCK_TIME, this::emit);
  }

  @SuppressWarnings("unchecked")
  private static CellTable tableOf(StateStore store) {
    return store instanceof CellTable own ? own : new RecordCacheTable((KeyValueStore<Bytes, byte[]>) store);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    if (event.read(record.value())) table.add(event);
    progress.records.increment();
  }

  private void emit(long now) {
    if (!table.hasChanged()) return;
    table.takeChanged((key, cell) -> {
      byte[] value = cell.published();
      context.forward(new Record<>(key, value, now));
      outputRecords += 1;
      outputBytes += key.get().length + value.length;
    });
    progress.outputRecords.add(outputRecords);
    progress.outputBytes.add(outputBytes);
    outputRecords = 0;
    outputBytes = 0;
    context.commit();
  }
}
