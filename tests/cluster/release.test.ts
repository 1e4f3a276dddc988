/** Releases on the real cluster: a command before each, a worker in the middle of a job, a schedule that comes due. */
import { expect } from "chai";

import { Lab } from "./lab";

interface List<T> {
    readonly items: readonly T[];
}

interface Pod {
    readonly metadata: {
        readonly name: string;
        readonly creationTimestamp: string;
        readonly deletionTimestamp?: string;
    };
    readonly status: {
        readonly phase: string;
        readonly startTime?: string;
        readonly conditions?: readonly { readonly type: string; readonly message?: string }[];
        readonly containerStatuses?: readonly {
            readonly state: { readonly terminated?: { readonly finishedAt: string } };
        }[];
    };
}

interface Deployment {
    readonly metadata: { readonly name: string; readonly generation: number };
    readonly spec: { readonly template: object };
}

const web = ["--namespace", "web"];

const resources = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } };

/** Jobs of 4 s. It hears of its end between two of them, as queue workers do. */
const worker = {
    command: [
        "sh",
        "-c",
        'trap over=1 QUIT TERM; while [ -z "$over" ]; do n=$((n + 1)); echo "begin $n of $RELEASE"; sleep 4; echo "end $n"; done',
    ],
    longestJobSeconds: 5,
    resources,
};

const schedules = { minutely: { schedule: "* * * * *", command: ["sh", "-c", "echo due"], resources } };

describe("releases on a real cluster", function () {
    this.timeout(300_000);
    let lab: Lab;

    before(async () => {
        lab = await Lab.open();
    });

    after(() => lab.deploy());

    const release = (name: string, script: string) => (values: Record<string, unknown>) => {
        values["phpFpm"] = { ...(values["phpFpm"] as object), env: { RELEASE: name } };
        values["release"] = { command: ["sh", "-ec", script], longestSeconds: 30 };
        values["workers"] = { mail: worker };
        values["schedules"] = schedules;
    };

    const podsOf = async (component: string) => {
        const selector = `--selector=app.kubernetes.io/component=${component}`;
        return (await lab.json<List<Pod>>("get", "pods", ...web, selector)).items;
    };
    const deploymentOf = (name: string) => lab.json<Deployment>("get", `deployment/${name}`, ...web);
    const finishedAt = ({ status }: Pod) => status.containerStatuses?.[0]?.state.terminated?.finishedAt ?? "";

    it("run their command to its end before there is a new pod, and after another release's that runs still", async () => {
        const other = await otherRelease();
        const before = await podsOf("php-web-service");
        const bad = await lab.badAnswersDuring(() => lab.deploy(release("one", 'echo "to $RELEASE"; sleep 2')));
        expect(bad).to.deep.equal([]);

        const [command, ...others] = (await podsOf("release")).filter(({ metadata }) => metadata.name !== other);
        expect(others).to.deep.equal([]);
        expect(await lab.kubectl("logs", ...web, command?.metadata.name ?? "")).to.equal("to one\n");
        const blocking = (await podsOf("release")).find(({ metadata }) => metadata.name === other)!;
        expect(Date.parse(command?.status.startTime ?? "")).to.be.at.least(Date.parse(finishedAt(blocking)));
        const known = before.map(({ metadata }) => metadata.name);
        const fresh = (await podsOf("php-web-service")).filter(({ metadata }) => !known.includes(metadata.name));
        expect(fresh).to.not.be.empty;
        for (const { metadata } of fresh) {
            expect(Date.parse(metadata.creationTimestamp)).to.be.at.least(Date.parse(finishedAt(command!)));
        }
        await lab.kubectl("delete", "pod", ...web, other);
    });

    /** A pod that is one of another release to the scheduler, and takes 15 s. Returns its name. */
    const otherRelease = async () => {
        const [serving] = (
            await lab.json<List<{ readonly spec: { readonly template: { readonly spec: PodSpec } } }>>(
                "get",
                "deployments",
                ...web,
                "--selector=app.kubernetes.io/component=php-web-service",
            )
        ).items;
        const phpFpm = serving?.spec.template.spec.initContainers.find(({ name }) => name === "php-fpm");
        const name = "other-release";
        const labels = { "app.kubernetes.io/name": "web", "app.kubernetes.io/component": "release" };
        await lab.apply({
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name, namespace: "web", labels },
            spec: {
                ...serving?.spec.template.spec,
                initContainers: [],
                topologySpreadConstraints: [],
                restartPolicy: "Never",
                containers: [
                    {
                        name: "release",
                        image: phpFpm?.["image"],
                        securityContext: phpFpm?.["securityContext"],
                        command: ["sleep", "15"],
                    },
                ],
            },
        });
        await lab.until(
            30,
            () => lab.json<Pod>("get", `pod/${name}`, ...web),
            ({ status }) => status.phase === "Running",
        );
        return name;
    };

    interface PodSpec {
        readonly initContainers: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
    }

    it("that fail leave all as it was, and show the command's last words", async () => {
        const before = await Promise.all([deploymentOf("web"), deploymentOf("web-mail")]);
        let message = "";
        const bad = await lab.badAnswersDuring(async () => {
            await lab.deploy(release("two", "echo 'no such table: jobs' >&2; exit 3")).catch((error: unknown) => {
                message = error instanceof Error ? error.message : String(error);
            });
        });
        expect(bad).to.deep.equal([]);
        expect(message)
            .to.match(/Job web\/web-release-\w+: the release's command has failed, and nothing is rolled out\./)
            .and.match(
                /container release ends by itself \(Error, exit code 3, 0 restarts\)\. Its last words:\s+no such table: jobs/,
            );
        const after = await Promise.all([deploymentOf("web"), deploymentOf("web-mail")]);
        expect(after.map(({ spec }) => spec.template)).to.deep.equal(before.map(({ spec }) => spec.template));
    });

    it("end a worker after the job that it has, and begin the next ones with the new code", async () => {
        const [old] = await podsOf("worker");
        const name = old?.metadata.name ?? "";
        const log = lab.kubectl("logs", ...web, "--follow", name);
        await lab.deploy(release("three", "true"));
        const lines = (await log).trim().split("\n");
        expect(lines.at(-1)).to.match(/^end \d+$/);
        const numbers = (word: string) =>
            lines.filter((line) => line.startsWith(word)).map((line) => /\d+/.exec(line)?.[0]);
        expect(numbers("end")).to.deep.equal(numbers("begin"));
        const fresh = (await podsOf("worker")).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        expect(fresh.map(({ metadata }) => metadata.name)).to.not.include(name);
        expect(await lab.kubectl("logs", ...web, fresh[0]?.metadata.name ?? "")).to.include("begin 1 of three");
    });

    it("run a schedule when it is time", async () => {
        const done = async () => (await podsOf("schedule")).filter(({ status }) => status.phase === "Succeeded");
        const [pod] = await lab.until(75, done, (pods) => pods.length > 0);
        expect(await lab.kubectl("logs", ...web, pod?.metadata.name ?? "")).to.equal("due\n");
    });
});
