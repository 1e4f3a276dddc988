/** What the rest of the program works with: plain, readonly, complete, checked. */
import type { DrainBudget } from "../components/drain";
import type { ParsedSettings } from "./schema";

type DeepReadonly<T> = T extends readonly (infer E)[]
    ? readonly DeepReadonly<E>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

type ParsedWeb = ParsedSettings["web"];

export type WebSettings = DeepReadonly<Omit<ParsedWeb, "replicas" | "autoscaling" | "drain" | "nginx" | "phpFpm">> & {
    /** With a fixed number of pods, that is both bounds. */
    readonly scaling: DeepReadonly<NonNullable<ParsedWeb["autoscaling"]>>;
    readonly drain: DrainBudget;
    readonly nginx: DeepReadonly<Omit<ParsedWeb["nginx"], "version" | "keepaliveSeconds">> & {
        /** nginx's version, number by number; undefined where neither the tag nor the stack file tells. */
        readonly version: readonly number[] | undefined;
        /** Requests to php-fpm that its memory limit has room for. */
        readonly requestsAtOnce: number;
        readonly keepaliveSeconds: number;
    };
    readonly phpFpm: DeepReadonly<Omit<ParsedWeb["phpFpm"], "maxChildren" | "resources">> & {
        readonly maxChildren: number;
        readonly resources: DeepReadonly<ParsedWeb["nginx"]["resources"]>;
    };
};

export type IngressControllerSettings = DeepReadonly<Omit<ParsedSettings["ingressController"], "namespace">> & {
    readonly namespace: string;
};

export type MetricsServerSettings = DeepReadonly<ParsedSettings["metricsServer"]>;

export interface Settings {
    readonly web: WebSettings;
    readonly ingressController: IngressControllerSettings;
    readonly metricsServer: MetricsServerSettings;
    readonly cluster: DeepReadonly<ParsedSettings["cluster"]>;
}
