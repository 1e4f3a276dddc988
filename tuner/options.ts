/** The command line of `npm run tune`. */
import { parseOptions, UsageError } from "../common/commandLine";
import { defaultObjective, ObjectiveError, parseObjective, type Objective } from "./search/objective";

export const usage = `Usage: npm run -s tune -- --stack STACK TRAFFIC [OPTIONS]

Plays a trace of traffic against the stack's autoscaler and against others, and recommends a change of Pulumi.STACK.yaml.

TRAFFIC is one of
  --trace FILE                   CSV (time,requests_per_second[,cpu_seconds_per_request]) or an access log of ingress-nginx in
                                 its default format; .gz is unzipped, - is standard input
    --upstream NAME              in an access log of several services, this one: namespace-service-port
  --prometheus URL --query QUERY --from TIME --to TIME
                                 a range query that gives requests per second; times as 2026-11-24T09:00:00Z
    --step SECONDS               between two values (60)
  --scale FACTOR                 so many times that traffic (1)

The service
  --cpu-seconds-per-request S    php-fpm's CPU for one request, mean; needed where the trace does not have it
  --request-seconds S            how long a request takes on an idle pod, mean; by the access log, or its CPU time
  --startup-seconds S            from the HPA's decision to a new pod's first answer (20)
  --imbalance SHARE              how uneven the ingress spreads requests over pods (0.1)

The search
  --objective TEXT               "${defaultObjective}"; also: p99 wait in every hour under 1 s, lost under 0.01 %,
                                 joined by and
  --most-replicas N              the most that maxReplicas may become
  --price-per-replica-hour P     shows costs a month
  --threads N                    (as many as there are cores)
  --seed N                       of the pods' shares of the traffic (1)

The result
  --json FILE, --html FILE       writes it there too
  --apply                        changes Pulumi.STACK.yaml; without it only the diff is shown

Exit code: 0 done, 1 failed or no setting meets the objective, 2 wrong usage, 130 interrupted`;

export type TrafficSource =
    | { readonly kind: "file"; readonly path: string; readonly upstreamName: string | undefined }
    | {
          readonly kind: "prometheus";
          readonly url: string;
          readonly query: string;
          readonly fromSeconds: number;
          readonly toSeconds: number;
          readonly stepSeconds: number;
      };

export interface Options {
    readonly stack: string;
    readonly source: TrafficSource;
    readonly scale: number;
    readonly cpuSecondsPerRequest: number | undefined;
    readonly requestSeconds: number | undefined;
    readonly startupSeconds: number;
    readonly imbalance: number;
    readonly objective: Objective;
    readonly mostReplicas: number | undefined;
    readonly pricePerReplicaHour: number | undefined;
    /** Undefined: as many as there are cores. */
    readonly threads: number | undefined;
    readonly seed: number;
    readonly jsonPath: string | undefined;
    readonly htmlPath: string | undefined;
    readonly apply: boolean;
}

const flags = {
    stack: { type: "string" },
    trace: { type: "string" },
    upstream: { type: "string" },
    prometheus: { type: "string" },
    query: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    step: { type: "string" },
    scale: { type: "string" },
    "cpu-seconds-per-request": { type: "string" },
    "request-seconds": { type: "string" },
    "startup-seconds": { type: "string" },
    imbalance: { type: "string" },
    objective: { type: "string" },
    "most-replicas": { type: "string" },
    "price-per-replica-hour": { type: "string" },
    threads: { type: "string" },
    seed: { type: "string" },
    json: { type: "string" },
    html: { type: "string" },
    apply: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
} as const;

type TextFlag = Exclude<keyof typeof flags, "apply" | "help">;

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options | "help" {
    const { values } = parseOptions({ args: [...args], options: flags });
    if (values.help) return "help";
    const texts: Partial<Record<TextFlag, string>> = values;
    const number = (flag: TextFlag, least: number, most: number, isWhole = false): number | undefined => {
        const text = texts[flag];
        if (text === undefined) return undefined;
        const value = Number(text);
        if (text.trim() !== "" && value >= least && value <= most && (!isWhole || Number.isInteger(value)))
            return value;
        const kind = isWhole ? "a whole number" : "a number";
        throw new UsageError(`--${flag} ${text}: ${kind} from ${least} to ${most} is needed.`);
    };
    return {
        stack: needed("stack", texts.stack, "which stack?"),
        source: sourceOf(texts, number("step", 1, 3600)),
        scale: number("scale", 1e-6, 1e6) ?? 1,
        cpuSecondsPerRequest: number("cpu-seconds-per-request", 1e-6, 1000),
        requestSeconds: number("request-seconds", 1e-6, 3600),
        startupSeconds: number("startup-seconds", 0, 3600) ?? 20,
        imbalance: number("imbalance", 0, 1) ?? 0.1,
        objective: objectiveOf(texts.objective ?? defaultObjective),
        mostReplicas: number("most-replicas", 2, 1000, true),
        pricePerReplicaHour: number("price-per-replica-hour", 0, 1e6),
        threads: number("threads", 1, 64, true),
        seed: number("seed", 0, 2 ** 31 - 1, true) ?? 1,
        jsonPath: texts.json,
        htmlPath: texts.html,
        apply: values.apply,
    };
}

function needed(flag: string, text: string | undefined, question: string): string {
    if (text === undefined || text === "") throw new UsageError(`--${flag} is missing: ${question}`);
    return text;
}

function objectiveOf(text: string): Objective {
    try {
        return parseObjective(text);
    } catch (error) {
        if (error instanceof ObjectiveError) throw new UsageError(`--objective: ${error.message}`);
        throw error;
    }
}

function sourceOf(texts: Partial<Record<TextFlag, string>>, stepSeconds = 60): TrafficSource {
    const { trace, prometheus, upstream } = texts;
    if (trace !== undefined && prometheus !== undefined) {
        throw new UsageError("--trace and --prometheus: traffic comes from one of them.");
    }
    if (trace !== undefined) {
        const stray = (["query", "from", "to", "step"] as const).find((flag) => texts[flag] !== undefined);
        if (stray !== undefined) throw new UsageError(`--${stray} belongs to --prometheus, and there is --trace.`);
        return { kind: "file", path: needed("trace", trace, "which file?"), upstreamName: upstream };
    }
    if (prometheus === undefined) throw new UsageError("--trace is missing: which traffic? Or ask --prometheus.");
    if (upstream !== undefined) throw new UsageError("--upstream belongs to --trace, and there is --prometheus.");
    const url = needed("prometheus", prometheus, "where does it answer?");
    if (!/^https?:\/\//.test(url)) throw new UsageError(`--prometheus ${url}: a URL is needed, http://localhost:9090.`);
    const fromSeconds = timeOf("from", needed("from", texts.from, "when does the trace begin?"));
    const toSeconds = timeOf("to", needed("to", texts.to, "when does the trace end?"));
    if (toSeconds <= fromSeconds) throw new UsageError("--to is not after --from.");
    const query = needed("query", texts.query, "which rate of requests?");
    return { kind: "prometheus", url, query, fromSeconds, toSeconds, stepSeconds };
}

function timeOf(flag: string, text: string): number {
    const isKnown = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text);
    const milliseconds = isKnown ? Date.parse(text) : NaN;
    if (!Number.isNaN(milliseconds)) return milliseconds / 1000;
    throw new UsageError(`--${flag} ${text}: a time with its zone is needed, such as 2026-11-24T09:00:00Z.`);
}
