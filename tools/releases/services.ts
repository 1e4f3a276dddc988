/** PostgreSQL and Valkey in the cluster, in a namespace of their own: what the sample application keeps its orders and jobs in. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Cleanup } from "../common/cleanup";
import { run } from "../common/commands";
import type { Api } from "../common/kubernetes/api";
import { isReady, paths, type Pod } from "../common/kubernetes/objects";
import { makeOwnNamespace } from "../common/kubernetes/ownNamespace";
import { until } from "../common/until";
import { fromNdjson, variantNames, type HistoryEvent, type VariantName } from "./history";

const namespace = "drill-data";
const startSeconds = 120;
const commandSeconds = 30;

export interface DataImages {
    readonly postgresql: string;
    readonly valkey: string;
}

interface Program {
    readonly name: string;
    readonly image: string;
    readonly port: number;
    readonly user: number;
    readonly command: readonly string[];
    readonly readiness: readonly string[];
}

/** What is written is lost with the pod: it lives as long as the drill. */
const startPostgresql = `
    initdb --pgdata=/data/pg --username=postgres --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8
    echo 'host all all all trust' >>/data/pg/pg_hba.conf
    exec postgres -D /data/pg -c listen_addresses='*' -c unix_socket_directories=/tmp -c fsync=off -c max_connections=200`;

const programsOf = ({ postgresql, valkey }: DataImages): readonly Program[] => [
    {
        name: "postgresql",
        image: postgresql,
        port: 5432,
        user: 70,
        command: ["sh", "-ec", startPostgresql],
        readiness: ["pg_isready", "--host=127.0.0.1", "--username=postgres"],
    },
    {
        name: "valkey",
        image: valkey,
        port: 6379,
        user: 71,
        command: ["valkey-server", "--save", "", "--appendonly", "no", "--protected-mode", "no", "--dir", "/data"],
        readiness: ["valkey-cli", "ping"],
    },
];

/** Environment of the application's code. */
export function environmentOf(variant: VariantName): Readonly<Record<string, string>> {
    return {
        // With the dot at the end it is one question to the cluster's DNS, not four.
        DATABASE_HOST: `postgresql.${namespace}.svc.cluster.local.`,
        DATABASE: variant,
        QUEUE_HOST: `valkey.${namespace}.svc.cluster.local.`,
        QUEUE_NUMBER: String(variantNames.indexOf(variant)),
    };
}

export class DataServices {
    private constructor(private readonly signal: AbortSignal) {}

    /** Makes them anew, each variant's database in it. */
    static async start(api: Api, images: DataImages, cleanup: Cleanup, signal: AbortSignal): Promise<DataServices> {
        await makeOwnNamespace(api, namespace, "drill", cleanup);
        for (const program of programsOf(images)) {
            await api.apply(`${paths.services(namespace)}/${program.name}`, serviceOf(program));
            await api.apply(`${paths.pods(namespace)}/${program.name}`, podOf(program));
        }
        let waiting = "";
        await until(
            async () => {
                const pods = await api.list<Pod>(paths.pods(namespace));
                waiting = pods.flatMap((pod) => (isReady(pod) ? [] : pod.metadata.name)).join(" and ");
                return waiting === "";
            },
            { seconds: startSeconds, pollMilliseconds: 500, pending: () => `${waiting} to be ready`, signal },
        );
        const services = new DataServices(signal);
        const schema = readFileSync(join(__dirname, "schema.sql"), "utf8");
        for (const variant of variantNames) {
            await services.exec("postgresql", ["createdb", "--host=127.0.0.1", "--username=postgres", variant]);
            await services.sql(variant, schema);
        }
        return services;
    }

    /** Returns what psql prints: a line for each row, without any decoration. */
    async sql(variant: VariantName, text: string): Promise<string> {
        const psql = ["psql", "--host=127.0.0.1", "--username=postgres", "--dbname", variant, "--set=ON_ERROR_STOP=1"];
        return (await this.exec("postgresql", [...psql, "--quiet", "--no-align", "--tuples-only"], text)).trim();
    }

    /** How many jobs are in the queue or reserved. */
    async waitingJobs(variant: VariantName): Promise<number> {
        const number = String(variantNames.indexOf(variant));
        const lengths = await this.exec("valkey", [
            "valkey-cli",
            "-n",
            number,
            "eval",
            "return redis.call('LLEN', 'jobs') + redis.call('ZCARD', 'reserved')",
            "0",
        ]);
        return Number(lengths);
    }

    /** The books of a variant. */
    async history(variant: VariantName): Promise<readonly HistoryEvent[]> {
        return fromNdjson(await this.sql(variant, booksOf(variant)));
    }

    private exec(pod: string, command: readonly string[], input?: string): Promise<string> {
        return run("kubectl", ["exec", "--stdin", `--namespace=${namespace}`, pod, "--", ...command], {
            signal: this.signal,
            timeoutSeconds: commandSeconds,
            ...(input === undefined ? {} : { input }),
        });
    }
}

const milliseconds = (column: string) => `floor(extract(epoch FROM ${column}) * 1000)::bigint`;

/** Of the database's rows as of {@link HistoryEvent}. */
function booksOf(variant: VariantName): string {
    const attempt =
        `'variant', '${variant}', 'release', release, 'pod', pod, 'error', error, ` +
        `'begunAtMs', ${milliseconds("begun")}, 'endedAtMs', ${milliseconds("ended")}`;
    return [
        `SELECT json_build_object('kind', 'order', 'variant', '${variant}', 'id', id, 'arrivals', arrivals) FROM orders ORDER BY placed;`,
        `SELECT json_build_object('kind', 'migration', ${attempt}) FROM migrations ORDER BY number;`,
        `SELECT json_build_object('kind', 'job', 'id', id, ${attempt}) FROM jobs ORDER BY number;`,
        `SELECT json_build_object('kind', 'run', 'minute', minute, ${attempt}) FROM runs ORDER BY number;`,
    ].join("\n");
}

function serviceOf({ name, port }: Program): object {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace },
        spec: { selector: { "app.kubernetes.io/name": name }, ports: [{ port, targetPort: port }] },
    };
}

function podOf({ name, image, user, command, readiness }: Program): object {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels: { "app.kubernetes.io/name": name } },
        spec: {
            // What is in it goes with it.
            terminationGracePeriodSeconds: 1,
            automountServiceAccountToken: false,
            securityContext: { runAsUser: user, runAsGroup: user, fsGroup: user, runAsNonRoot: true },
            containers: [
                {
                    name,
                    image,
                    command,
                    resources: { requests: { cpu: "50m", memory: "64Mi" } },
                    readinessProbe: { exec: { command: readiness }, periodSeconds: 1, timeoutSeconds: 5 },
                    volumeMounts: [
                        { name: "data", mountPath: "/data" },
                        { name: "temporary", mountPath: "/tmp" },
                    ],
                },
            ],
            volumes: [
                { name: "data", emptyDir: {} },
                { name: "temporary", emptyDir: {} },
            ],
        },
    };
}
