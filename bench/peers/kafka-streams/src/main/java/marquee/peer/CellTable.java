package marquee.peer;

import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;

/** The cells of one task. */
interface CellTable {
  /** Once, when the store has been restored from its changelog. */
  void load();

  void add(CountedEvent event);

  /** Gives every cell that changed since the last call. */
  void takeChanged(BiConsumer<Bytes, Cell> visit);

  boolean hasChanged();

  /** The sum of all cells in the store. */
  Cell total();
}
