/** The look of this project's reports. What draws is pure: data in, text out. */
export { markup, nothing, type Embeddable, type Markup } from "./markup";
export { figure, folded, page, verdict, type Page, type Section, type Verdict } from "./page";
export { table, type Cell, type Column, type Table, type Tone } from "./table";
export { tiles, type Tile } from "./tiles";
export * as format from "./format";
export type { Colour, Shape } from "./charts/drawing";
export { packed, type Bar, type MarkAt, type Phase, type Row, type RowsPanel } from "./charts/rows";
export { scatter, type Scatter, type ScatterAxis, type ScatterGroup, type ScatterPoint } from "./charts/scatter";
export type { Point, Series, SeriesPanel } from "./charts/series";
export { timeChart, type Band, type Moment, type Panel, type TimeChart } from "./charts/timeChart";
