/** What the labels of a fix mean. */
export const fixLegend =
  'Proven: the repaired policy was evaluated again; it allows the refused caller and still refuses its neighbours. Advice: for a person to decide. Nothing was changed.';
