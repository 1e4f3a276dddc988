/** What the rest of the program works with: plain, readonly, checked. What follows from it, the components compute. */
import type { ParsedSettings } from "./schema";

type DeepReadonly<T> = T extends readonly (infer E)[]
    ? readonly DeepReadonly<E>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

type ParsedWeb = ParsedSettings["web"];
type ParsedWorker = ParsedWeb["workers"][string];

/** With a fixed number of pods, that is both bounds; without either, the component's default is. */
type WorkerSettings = DeepReadonly<Omit<ParsedWorker, "replicas" | "autoscaling">> & {
    readonly scaling?: DeepReadonly<Partial<NonNullable<ParsedWorker["autoscaling"]>>>;
};

export interface Settings extends DeepReadonly<Omit<ParsedSettings, "web">> {
    readonly web: DeepReadonly<Omit<ParsedWeb, "replicas" | "autoscaling" | "workers">> & {
        readonly workers: Readonly<Record<string, WorkerSettings>>;
        /** With a fixed number of pods, that is both bounds. */
        readonly scaling: DeepReadonly<NonNullable<ParsedWeb["autoscaling"]>>;
    };
}
