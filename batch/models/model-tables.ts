/** Reading a version's tables again. */
import { MarqueeError } from '../../domain/errors.ts';
import { titleId, type TitleId } from '../../domain/ids.ts';
import type { ModelTable, TableColumn } from './model.ts';

/** The table of this name. MODEL_INPUT_INVALID where it is not there. */
export function tableNamed(model: string, tables: readonly ModelTable[], name: string): ModelTable {
  const found = tables.find((table) => table.name === name);
  if (found === undefined)
    throw new MarqueeError('MODEL_INPUT_INVALID', { model, reason: `table ${name} is not there` });
  return found;
}

type ValuesByType = { readonly [C in TableColumn as C['type']]: C['values'] };

/** A column's values, if it is of this type. MODEL_INPUT_INVALID where it is not. */
export function columnOf<T extends TableColumn['type']>(
  model: string,
  table: ModelTable,
  name: string,
  type: T,
): ValuesByType[T] {
  const column = table.columns[name];
  if (column?.type !== type || column.values.length !== table.rows)
    throw new MarqueeError('MODEL_INPUT_INVALID', {
      model,
      reason: `column ${name} of table ${table.name} is not ${type} of ${table.rows} rows`,
    });
  return column.values as ValuesByType[T];
}

/** A column of title ids. MODEL_INPUT_INVALID where one is null. */
export function titlesOf(model: string, table: ModelTable, name = 'title_id'): TitleId[] {
  return columnOf(model, table, name, 'VARCHAR').map((value) => {
    if (value === null)
      throw new MarqueeError('MODEL_INPUT_INVALID', {
        model,
        reason: `column ${name} of table ${table.name} holds a null`,
      });
    return titleId(value);
  });
}
