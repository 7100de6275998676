package marquee.peer;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** How far the application has come, over all of its tasks. */
final class Progress {
  final LongAdder records = new LongAdder();
  final LongAdder outputRecords = new LongAdder();
  /** Keys and values, without framing. */
  final LongAdder outputBytes = new LongAdder();
  private final List<CellTable> tables = new CopyOnWriteArrayList<>();

  void add(CellTable table) {
    tables.add(table);
  }

  /** The sum of all cells in the stores. Only once nothing is read any more. */
  Cell total() {
    Cell sum = new Cell();
    for (CellTable table : tables) sum.add(table.total());
    return sum;
  }

  boolean hasUnpublished() {
    return tables.stream().anyMatch(CellTable::hasChanged);
  }
}
