package marquee.peer;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Counts clean records by title, country and five-minute bucket of event time. Told what to do a line at a time on
 * standard input, it answers each with a line of JSON: `sample`, `totals`, `close`.
 */
public final class Peer {
  static final String STORE = "cells";

  public static void main(String[] args) throws Exception {
    Settings settings = Settings.of(args);
    Progress progress = new Progress();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) settings.text("brokers")));
        KafkaStreams streams = new KafkaStreams(topology(settings, progress), config(settings))) {
      streams.setUncaughtExceptionHandler(error -> {
        error.printStackTrace();
        Runtime.getRuntime().halt(1);
        return null;
      });
      streams.start();
      System.out.println("{\"isUp\":true}");
      answer(settings, progress, admin);
      // Without leaving, its group could not be deleted until the session has timed out.
      streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
          .withTimeout(Duration.ofSeconds(20)));
    }
  }

  private static Topology topology(Settings settings, Progress progress) throws IOException {
    List<Schema> schemas = List.of(
        new Schema.Parser().parse(Files.readString(Path.of(settings.text("playsSchema")))),
        new Schema.Parser().parse(Files.readString(Path.of(settings.text("impressionsSchema")))));
    Duration interval = Duration.ofMillis(settings.number("emitIntervalMs"));
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    return new Topology()
        .addSource("clean", bytes, bytes, settings.text("playsTopic"), settings.text("impressionsTopic"))
        .addProcessor("count", () -> new CountingProcessor(schemas, interval, progress), "clean")
        .addStateStore(store(settings), "count")
        .addSink("publish", settings.text("outputTopic"), new BytesSerializer(), new ByteArraySerializer(), "count");
  }

  private static StoreBuilder<?> store(Settings settings) {
    KeyValueBytesStoreSupplier supplier =
        settings.text("store").equals("rocksdb") ? Stores.persistentKeyValueStore(STORE) : Stores.inMemoryKeyValueStore(STORE);
    StoreBuilder<KeyValueStore<Bytes, byte[]>> builder =
        Stores.keyValueStoreBuilder(supplier, Serdes.Bytes(), Serdes.ByteArray()).withLoggingEnabled(Map.of());
    return settings.text("table").equals("write-back")
        ? new WriteBackStore.Builder(builder.withCachingDisabled())
        : builder.withCachingEnabled();
  }

  private static Properties config(Settings settings) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.text("applicationId"));
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.text("brokers"));
    config.put(StreamsConfig.STATE_DIR_CONFIG, settings.text("stateDir"));
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, settings.text("guarantee"));
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, (int) settings.number("threads"));
    // The processor asks for a commit whenever it has published, so nothing is flushed twice within an interval.
    long commitIntervalMs = 30 * settings.number("emitIntervalMs");
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitIntervalMs);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), (int) (2 * commitIntervalMs));
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, settings.number("cacheBytes"));
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    config.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, (int) settings.number("bufferedRecords"));
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), (int) settings.number("pollRecords"));
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), (int) settings.number("partitionFetchBytes"));
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 100);
    // In its favour: the other side checks them.
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.CHECK_CRCS_CONFIG), false);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), (int) settings.number("lingerMs"));
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), (int) settings.number("producerBatchBytes"));
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 256L << 20);
    return config;
  }

  private static void answer(Settings settings, Progress progress, Admin admin) throws Exception {
    OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long expected = settings.number("expectedRecords");
    BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
    for (String line = asked.readLine(); line != null && !line.equals("close"); line = asked.readLine()) {
      if (line.equals("totals")) {
        System.out.println(totals(progress));
        continue;
      }
      long records = progress.records.sum();
      boolean isPublished = records >= expected && !progress.hasUnpublished() && committed(admin, settings) >= expected;
      System.out.printf(
          "{\"atMs\":%d,\"records\":%d,\"cpuSeconds\":%.6f,\"isPublished\":%b}%n",
          System.currentTimeMillis(), records, system.getProcessCpuTime() / 1e9, isPublished);
    }
  }

  private static String totals(Progress progress) {
    Cell total = progress.total();
    return String.format(
        "{\"plays\":%d,\"qualifiedPlays\":%d,\"impressions\":%d,\"secondsViewed\":%d,"
            + "\"outputRecords\":%d,\"outputBytes\":%d}",
        total.plays, total.qualifiedPlays, total.impressions, total.secondsViewed,
        progress.outputRecords.sum(), progress.outputBytes.sum());
  }

  /** Records of the group's committed positions, of partitions that begin at 0. */
  private static long committed(Admin admin, Settings settings) throws Exception {
    return admin.listConsumerGroupOffsets(settings.text("applicationId")).partitionsToOffsetAndMetadata().get()
        .values().stream().mapToLong(at -> at == null ? 0 : at.offset()).sum();
  }
}
