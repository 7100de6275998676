package marquee.peer;

import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Read, add, write: on a store with Kafka Streams' own record cache, which holds writes back until the commit. */
final class RecordCacheTable implements CellTable {
  private final KeyValueStore<Bytes, byte[]> store;
  private final Set<Bytes> changed = new HashSet<>();

  RecordCacheTable(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  @Override
  public void load() {}

  @Override
  public void add(CountedEvent event) {
    Cell cell = Cell.read(store.get(event.key));
    cell.add(event);
    store.put(event.key, cell.stored());
    changed.add(event.key);
  }

  @Override
  public void takeChanged(BiConsumer<Bytes, Cell> visit) {
    for (Bytes key : changed) visit.accept(key, Cell.read(store.get(key)));
    changed.clear();
  }

  @Override
  public boolean hasChanged() {
    return !changed.isEmpty();
  }

  @Override
  public Cell total() {
    return sumOf(store);
  }

  static Cell sumOf(KeyValueStore<Bytes, byte[]> store) {
    Cell sum = new Cell();
    try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> entry = all.next();
        sum.add(Cell.read(entry.value));
      }
    }
    return sum;
  }
}
