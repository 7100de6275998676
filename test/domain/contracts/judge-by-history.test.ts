import { always, inShareOf, judgedCases, tv } from '../../support/drift.ts';

judgedCases([
  [
    'a producer without a contract is held against its app version before',
    [],
    [
      tv('9.10', 1000, { rowLength: inShareOf(0.98, 15), viewportMs: inShareOf(0.5, 1), trace: always('t') }),
      tv('9.9', 1000, { rowLength: inShareOf(0.5, 15) }),
      tv('9.11', 1000, { rowLength: inShareOf(0.9, 15), viewportMs: inShareOf(0.5, 1) }),
    ],
    [
      'more-than-expected 9.10 impression.rowLength 980/1000',
      'more-than-expected 9.10 impression.viewportMs 500/1000',
      'undeclared 9.10 impression.trace 1000/1000',
      'missing-by-mistake 9.11 impression.rowLength 900/1000',
      'missing-by-mistake 9.11 impression.trace 0/1000',
    ],
  ],
  [
    'without a contract a share may move by the tolerance, however much evidence there is',
    [],
    [
      tv('9.3', 20_000, { rowLength: inShareOf(0.98, 15) }),
      tv('9.4', 20_000, { rowLength: inShareOf(0.965, 15) }),
    ],
    [],
  ],
  [
    'without a contract an app version of few events is passed over for the one before it',
    [],
    [
      tv('9.3', 1000, { rowLength: inShareOf(0.98, 15) }),
      tv('9.4-beta', 50, {}),
      tv('9.4', 1000, { rowLength: inShareOf(0.5, 15) }),
    ],
    ['missing-by-mistake 9.4 impression.rowLength 500/1000'],
  ],
  [
    'without a contract little evidence says nothing, on either side',
    [],
    [tv('9.3', 110, { rowLength: inShareOf(0.98, 15) }), tv('9.4', 110, { rowLength: inShareOf(0.9, 15) })],
    [],
  ],
  [
    'without a contract the type of an unknown attribute changes between versions',
    [],
    [tv('9.3', 200, { abCell: always(7) }), tv('9.4', 200, { abCell: always('7') })],
    [
      'undeclared 9.3 impression.abCell 200/200',
      'undeclared 9.4 impression.abCell 200/200',
      'type-changed 9.4 impression.abCell 200/200',
    ],
  ],
]);
