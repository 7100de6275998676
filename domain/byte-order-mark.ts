const BYTE_ORDER_MARK = '\ufeff';

/** The beginning of a file's text without the mark that some programs put before UTF-8, and that JSON does not know. */
export const withoutMark = (text: string): string =>
  text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
