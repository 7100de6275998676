package marquee.peer;

import java.nio.ByteBuffer;
import org.apache.kafka.common.utils.ByteUtils;

/** Counts of one cell. Stored as four varints; published as the same and the take rate. */
final class Cell {
  long plays;
  long qualifiedPlays;
  long impressions;
  long secondsViewed;

  private static final int LONGEST_BYTES = 4 * 10;

  static Cell read(byte[] bytes) {
    Cell cell = new Cell();
    if (bytes == null) return cell;
    ByteBuffer in = ByteBuffer.wrap(bytes);
    cell.plays = ByteUtils.readVarlong(in);
    cell.qualifiedPlays = ByteUtils.readVarlong(in);
    cell.impressions = ByteUtils.readVarlong(in);
    cell.secondsViewed = ByteUtils.readVarlong(in);
    return cell;
  }

  void add(CountedEvent event) {
    plays += event.plays;
    qualifiedPlays += event.qualifiedPlays;
    impressions += event.impressions;
    secondsViewed += event.secondsViewed;
  }

  void add(Cell other) {
    plays += other.plays;
    qualifiedPlays += other.qualifiedPlays;
    impressions += other.impressions;
    secondsViewed += other.secondsViewed;
  }

  byte[] stored() {
    return trimmed(counts(ByteBuffer.allocate(LONGEST_BYTES)));
  }

  /** Plays by impressions: a ratio of counts, not smoothed. */
  byte[] published() {
    ByteBuffer out = counts(ByteBuffer.allocate(LONGEST_BYTES + Double.BYTES));
    return trimmed(out.putDouble(impressions == 0 ? 0 : (double) plays / impressions));
  }

  private ByteBuffer counts(ByteBuffer out) {
    ByteUtils.writeVarlong(plays, out);
    ByteUtils.writeVarlong(qualifiedPlays, out);
    ByteUtils.writeVarlong(impressions, out);
    ByteUtils.writeVarlong(secondsViewed, out);
    return out;
  }

  private static byte[] trimmed(ByteBuffer written) {
    return java.util.Arrays.copyOf(written.array(), written.position());
  }
}
