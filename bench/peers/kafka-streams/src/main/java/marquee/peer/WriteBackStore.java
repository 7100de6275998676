package marquee.peer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * A record cache that keeps all cells as objects, over a store with a changelog. What changed is written to the store when Kafka Streams flushes caches, before each commit, as its own record cache does.
 */
final class WriteBackStore implements StateStore, CachedStateStore<Bytes, byte[]>, CellTable {
  private static final class Held {
    final Bytes key;
    final Cell cell;
    boolean isUnwritten;
    boolean isUnpublished;

    Held(Bytes key, Cell cell) {
      this.key = key;
      this.cell = cell;
    }
  }

  private final KeyValueStore<Bytes, byte[]> inner;
  private final Map<Bytes, Held> cells = new HashMap<>();
  private final List<Held> unwritten = new ArrayList<>();
  private final List<Held> unpublished = new ArrayList<>();

  WriteBackStore(KeyValueStore<Bytes, byte[]> inner) {
    this.inner = inner;
  }

  @Override
  public void load() {
    try (KeyValueIterator<Bytes, byte[]> all = inner.all()) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> entry = all.next();
        cells.put(entry.key, new Held(entry.key, Cell.read(entry.value)));
      }
    }
  }

  @Override
  public void add(CountedEvent event) {
    Held held = cells.get(event.key);
    if (held == null) {
      held = new Held(event.key, new Cell());
      cells.put(event.key, held);
    }
    held.cell.add(event);
    if (!held.isUnwritten) {
      held.isUnwritten = true;
      unwritten.add(held);
    }
    if (!held.isUnpublished) {
      held.isUnpublished = true;
      unpublished.add(held);
    }
  }

  @Override
  public void takeChanged(BiConsumer<Bytes, Cell> visit) {
    for (Held held : unpublished) {
      visit.accept(held.key, held.cell);
      held.isUnpublished = false;
    }
    unpublished.clear();
  }

  @Override
  public boolean hasChanged() {
    return !unpublished.isEmpty();
  }

  private void writeBack() {
    for (Held held : unwritten) {
      inner.put(held.key, held.cell.stored());
      held.isUnwritten = false;
    }
    unwritten.clear();
  }

  @Override
  public Cell total() {
    return RecordCacheTable.sumOf(inner);
  }

  @Override
  public void flushCache() {
    writeBack();
  }

  @Override
  public boolean setFlushListener(CacheFlushListener<Bytes, byte[]> listener, boolean sendOldValues) {
    return false;
  }

  @Override
  public void clearCache() {
    cells.clear();
    unwritten.clear();
    unpublished.clear();
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    inner.init(context, root);
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    inner.commit(changelogOffsets);
  }

  @Override
  public Long committedOffset(TopicPartition partition) {
    return inner.committedOffset(partition);
  }

  @Override
  public boolean managesOffsets() {
    return inner.managesOffsets();
  }

  @Override
  public void close() {
    inner.close();
  }

  @Override
  public boolean persistent() {
    return inner.persistent();
  }

  @Override
  public boolean isOpen() {
    return inner.isOpen();
  }

  /** Builds what `inner` builds, with cells held in front of it. */
  static final class Builder implements StoreBuilder<WriteBackStore> {
    private final StoreBuilder<KeyValueStore<Bytes, byte[]>> inner;

    Builder(StoreBuilder<KeyValueStore<Bytes, byte[]>> inner) {
      this.inner = inner;
    }

    @Override
    public StoreBuilder<WriteBackStore> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<WriteBackStore> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<WriteBackStore> withLoggingEnabled(Map<String, String> config) {
      inner.withLoggingEnabled(config);
      return this;
    }

    @Override
    public StoreBuilder<WriteBackStore> withLoggingDisabled() {
      inner.withLoggingDisabled();
      return this;
    }

    @Override
    public WriteBackStore build() {
      return new WriteBackStore(inner.build());
    }

    @Override
    public Map<String, String> logConfig() {
      return inner.logConfig();
    }

    @Override
    public boolean loggingEnabled() {
      return inner.loggingEnabled();
    }

    @Override
    public String name() {
      return inner.name();
    }
  }
}
