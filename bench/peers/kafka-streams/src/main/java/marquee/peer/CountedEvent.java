package marquee.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;
import org.apache.kafka.common.utils.Bytes;

/**
 * What one clean record counts for, and in which cell. One instance is used over and over by one processor: Avro's reader
 * is given a schema of the needed fields alone, so it skips all others, and fills the same record again.
 */
final class CountedEvent {
  long plays;
  long qualifiedPlays;
  long impressions;
  long secondsViewed;
  /** Title, country (two bytes), five-minute bucket (four bytes). */
  Bytes key;

  private static final int HEADER_BYTES = 10;
  private static final long BUCKET_MS = 300_000;
  private static final int QUALIFIED_SECONDS = 120;
  private static final double QUALIFIED_SHARE = 0.25;
  private static final Set<String> NEEDED =
      Set.of("timeStatus", "kind", "eventTime", "country", "titleId", "playId", "viewedSeconds",
          "durationSeconds", "runtimeSeconds", "origin");
  private static final Utf8 PLAY_START = new Utf8("play_start");
  private static final Utf8 PLAY_STOP = new Utf8("play_stop");
  private static final Utf8 IMPRESSION = new Utf8("impression");
  private static final Utf8 SYNTHETIC = new Utf8("synthetic");
  private static final Utf8 OK = new Utf8("ok");

  private final Map<Long, Reader> readers = new HashMap<>();
  private BinaryDecoder decoder;

  CountedEvent(List<Schema> writers) {
    for (Schema writer : writers) {
      readers.put(SchemaNormalization.parsingFingerprint64(writer), new Reader(writer));
    }
  }

  /** Reads a single object; false where the record counts for nothing. */
  boolean read(byte[] value) {
    long fingerprint = ByteBuffer.wrap(value, 2, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
    Reader reader = readers.get(fingerprint);
    if (reader == null) throw new IllegalStateException("unknown schema " + Long.toHexString(fingerprint));
    decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, decoder);
    try {
      reader.record = reader.datums.read(reader.record, decoder);
    } catch (IOException error) {
      throw new IllegalStateException(error);
    }
    return reader.take(this);
  }

  private static final class Reader {
    final GenericDatumReader<GenericRecord> datums;
    GenericRecord record;
    private final int timeStatus;
    private final int kind;
    private final int eventTime;
    private final int country;
    private final int titleId;
    private final int playId;
    private final int viewedSeconds;
    private final int durationSeconds;
    private final int runtimeSeconds;
    private final int origin;

    Reader(Schema writer) {
      List<Schema.Field> fields = writer.getFields().stream()
          .filter(field -> NEEDED.contains(field.name()))
          .map(field -> new Schema.Field(field, field.schema()))
          .toList();
      Schema needed = Schema.createRecord(writer.getName(), null, writer.getNamespace(), false, fields);
      datums = new GenericDatumReader<>(writer, needed);
      timeStatus = position(needed, "timeStatus");
      kind = position(needed, "kind");
      eventTime = position(needed, "eventTime");
      country = position(needed, "country");
      titleId = position(needed, "titleId");
      playId = position(needed, "playId");
      viewedSeconds = position(needed, "viewedSeconds");
      durationSeconds = position(needed, "durationSeconds");
      runtimeSeconds = position(needed, "runtimeSeconds");
      origin = position(needed, "origin");
    }

    private static int position(Schema schema, String name) {
      Schema.Field field = schema.getField(name);
      return field == null ? -1 : field.pos();
    }

    private Object get(int position) {
      return position < 0 ? null : record.get(position);
    }

    boolean take(CountedEvent out) {
      out.plays = 0;
      out.qualifiedPlays = 0;
      out.impressions = 0;
      out.secondsViewed = 0;
      Object is = record.get(kind);
      if (PLAY_START.equals(is)) {
        out.plays = 1;
      } else if (IMPRESSION.equals(is)) {
        if (SYNTHETIC.equals(get(origin))) return false;
        out.impressions = 1;
      } else {
        Object viewed = get(viewedSeconds);
        if (viewed == null) return false;
        double seconds = (Double) viewed;
        if (PLAY_STOP.equals(is)) out.secondsViewed = (long) seconds;
        if (get(playId) != null && isQualified(seconds)) out.qualifiedPlays = 1;
        else if (!PLAY_STOP.equals(is)) return false;
      }
      out.key = key((Utf8) record.get(titleId), (Utf8) record.get(country), bucket());
      return true;
    }

    private boolean isQualified(double seconds) {
      if (seconds >= QUALIFIED_SECONDS) return true;
      Object runtime = get(durationSeconds);
      if (runtime == null) runtime = get(runtimeSeconds);
      return runtime != null && (Double) runtime > 0 && seconds >= QUALIFIED_SHARE * (Double) runtime;
    }

    private int bucket() {
      return OK.equals(record.get(timeStatus)) ? (int) ((Long) record.get(eventTime) / BUCKET_MS) : -1;
    }

    private static Bytes key(Utf8 title, Utf8 country, int bucket) {
      int length = title.getByteLength();
      byte[] key = new byte[length + 6];
      System.arraycopy(title.getBytes(), 0, key, 0, length);
      System.arraycopy(country.getBytes(), 0, key, length, 2);
      key[length + 2] = (byte) (bucket >> 24);
      key[length + 3] = (byte) (bucket >> 16);
      key[length + 4] = (byte) (bucket >> 8);
      key[length + 5] = (byte) bucket;
      return new Bytes(key);
    }
  }
}
