/** The command line of `npm run tune`. */
import { parseOptions, UsageError } from "../common/commandLine";
import { isTimeZone } from "./plant/schedule";
import { parseSpread, type Spread } from "./plant/spread";
import { accessTo } from "./traffic/prometheusAccess";
import { ObjectiveError, parseObjective, type Objective } from "./search/objective";

export const usage = `Usage: npm run -s tune -- --stack STACK TRAFFIC [OPTIONS]

Plays a trace of traffic against the stack's autoscaler and against others, and recommends a change of Pulumi.STACK.yaml.

TRAFFIC is one of
  --trace FILE                   CSV (time,requests_per_second[,cpu_seconds_per_request]), an export of Grafana, a saved answer
                                 of Prometheus or an access log of ingress-nginx in its default format; gzip is unzipped,
                                 - is standard input
    --upstream NAME              in an access log of several services, this one: namespace-service-port
  --prometheus URL               what it usually has of the service: requests per second of php-fpm, ingress-nginx, Traefik
                                 or Envoy, and CPU and time of a request
    --query QUERY                requests per second, by a query of yours
    --from TIME --to TIME        as 2026-11-24T09:00:00Z (the last 14 days)
    --step SECONDS               between two values (60)
    --prometheus-tenant NAME     sent as X-Scope-OrgID
    --prometheus-ca FILE         certificates (PEM) that it is trusted by
                                 PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD, in the environment
  --scale FACTOR                 so many times that traffic (1)

The service
  --cpu-seconds-per-request S    php-fpm's CPU for one request, mean; needed where neither the trace nor Prometheus has it
  --request-seconds S            how long a request takes on an idle pod, mean; by the access log or Prometheus, or its CPU time
  --startup-seconds S            from the HPA's decision to a new pod's first answer (20)
  --spread HOW                   how the ingress chooses a pod: "round robin by N" (of its processes), "least requests" or
                                 random (as the stack's controller does it)
  --imbalance SHARE              how different pods' shares of the traffic are (0; 0.1 where pods are chosen at random)

The search
  --objective TEXT               "p99 wait under 200 ms"; also: p99 wait in every hour under 1 s, lost under 0.01 %,
                                 joined by and; otherwise a p99 wait of twice a request's own time
  --most-replicas N              the most that maxReplicas may become
  --time-zone NAME               what a schedule's days and hours are of, such as Europe/Berlin (Etc/UTC)
  --price-per-replica-hour P     shows costs a month; a number, with its currency: "0.04 EUR"
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
          /** Undefined: what Prometheus usually has. */
          readonly query: string | undefined;
          readonly fromSeconds: number;
          readonly toSeconds: number;
          readonly stepSeconds: number;
          readonly headers: Readonly<Record<string, string>>;
          /** File of certificates. */
          readonly caPath: string | undefined;
      };

export interface Options {
    readonly stack: string;
    readonly source: TrafficSource;
    readonly scale: number;
    readonly cpuSecondsPerRequest: number | undefined;
    readonly requestSeconds: number | undefined;
    readonly startupSeconds: number;
    /** Undefined: as the stack's controller does it. */
    readonly spread: Spread | undefined;
    readonly imbalance: number | undefined;
    /** Undefined: it follows from the request's own time. */
    readonly objective: Objective | undefined;
    readonly mostReplicas: number | undefined;
    readonly timeZone: string;
    /** Of a replica for an hour. */
    readonly price: { readonly amount: number; readonly currency: string | undefined } | undefined;
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
    "prometheus-tenant": { type: "string" },
    "prometheus-ca": { type: "string" },
    scale: { type: "string" },
    "cpu-seconds-per-request": { type: "string" },
    "request-seconds": { type: "string" },
    "startup-seconds": { type: "string" },
    spread: { type: "string" },
    imbalance: { type: "string" },
    objective: { type: "string" },
    "most-replicas": { type: "string" },
    "time-zone": { type: "string" },
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
        spread: spreadOf(texts.spread),
        imbalance: number("imbalance", 0, 1),
        objective: texts.objective === undefined ? undefined : objectiveOf(texts.objective),
        mostReplicas: number("most-replicas", 2, 1000, true),
        timeZone: timeZoneOf(texts["time-zone"]),
        price: priceOf(texts["price-per-replica-hour"]),
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

function priceOf(text: string | undefined): Options["price"] {
    if (text === undefined) return undefined;
    const [, amount, currency] = /^(\d+(?:\.\d+)?)\s*(\p{L}{1,12}|\p{Sc})?$/u.exec(text.trim()) ?? [];
    if (amount !== undefined && Number(amount) <= 1e6) return { amount: Number(amount), currency };
    throw new UsageError(`--price-per-replica-hour ${text}: a number from 0 to 1000000 is needed, such as "0.04 EUR".`);
}

function timeZoneOf(text = "Etc/UTC"): string {
    if (isTimeZone(text)) return text;
    throw new UsageError(`--time-zone ${text}: a time zone such as Europe/Berlin or Etc/UTC is needed.`);
}

function spreadOf(text: string | undefined): Spread | undefined {
    if (text === undefined) return undefined;
    const spread = parseSpread(text);
    if (spread !== undefined) return spread;
    throw new UsageError(`--spread ${text}: "round robin by N", "least requests" or random is needed.`);
}

function objectiveOf(text: string): Objective {
    try {
        return parseObjective(text);
    } catch (error) {
        if (error instanceof ObjectiveError) throw new UsageError(`--objective: ${error.message}`);
        throw error;
    }
}

/** As long as Prometheus keeps figures, where nobody says how long: 15 days. */
const usualRangeSeconds = 14 * 86_400;

function sourceOf(texts: Partial<Record<TextFlag, string>>, stepSeconds = 60): TrafficSource {
    const { trace, prometheus, upstream } = texts;
    if (trace !== undefined && prometheus !== undefined) {
        throw new UsageError("--trace and --prometheus: traffic comes from one of them.");
    }
    if (trace !== undefined) {
        const stray = (["query", "from", "to", "step", "prometheus-tenant", "prometheus-ca"] as const).find(
            (flag) => texts[flag] !== undefined,
        );
        if (stray !== undefined) throw new UsageError(`--${stray} belongs to --prometheus, and there is --trace.`);
        return { kind: "file", path: needed("trace", trace, "which file?"), upstreamName: upstream };
    }
    if (prometheus === undefined) throw new UsageError("--trace is missing: which traffic? Or ask --prometheus.");
    if (upstream !== undefined) throw new UsageError("--upstream belongs to --trace, and there is --prometheus.");
    const { url, headers } = accessTo(
        needed("prometheus", prometheus, "where does it answer?"),
        texts["prometheus-tenant"],
        process.env,
    );
    const from = timeOf("from", texts.from);
    const toSeconds = timeOf("to", texts.to) ?? Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds;
    const fromSeconds = from ?? toSeconds - usualRangeSeconds;
    if (toSeconds <= fromSeconds) throw new UsageError("--to is not after --from.");
    const query = texts.query === undefined ? undefined : needed("query", texts.query, "which rate of requests?");
    const caPath = texts["prometheus-ca"];
    return { kind: "prometheus", url, query, fromSeconds, toSeconds, stepSeconds, headers, caPath };
}

function timeOf(flag: string, text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const isKnown = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text);
    const milliseconds = isKnown ? Date.parse(text) : NaN;
    if (!Number.isNaN(milliseconds)) return milliseconds / 1000;
    throw new UsageError(`--${flag} ${text}: a time with its zone is needed, such as 2026-11-24T09:00:00Z.`);
}
