/**
 * A pod's shutdown once more, played event by event from what stands in the objects: preStop, grace period, nginx.conf
 * and php-fpm.conf. It shares no line with components/drain.ts, so that the model there is not checked against itself.
 */
import type { DrainBudget, DrainedRequest } from "../../components/drain";
import { resolveService, type Service } from "../../components/service";
import { nginxFiles, phpFpmFiles } from "../../components/specs/configuration";
import { podTemplate } from "../../components/specs/podTemplate";

/** What the kubelet, nginx and php-fpm read. All in seconds. */
export interface RenderedSeconds {
    readonly preStop: number;
    readonly grace: number;
    readonly workerShutdownTimeout: number;
    readonly fastcgiReadTimeout: number;
    readonly requestTerminateTimeout: number;
    readonly processControlTimeout: number;
}

function seconds(text: string, directive: RegExp): number {
    const found = [...text.matchAll(directive)];
    if (found.length !== 1) throw new Error(`${directive} stands ${found.length} times in:\n${text}`);
    return Number(found[0]![1]);
}

/** Renders the pod of a service and reads its seconds back out of objects and texts. */
export function renderedSeconds(web: Service): RenderedSeconds {
    const { spec } = podTemplate({
        ...web,
        labels: {},
        startupSeconds: web.rollout.startupSeconds,
        documentRoot: web.app.documentRoot,
        writablePaths: web.app.writablePaths,
        volumes: web.app.volumes,
        envFrom: web.phpFpm.envFrom,
        pod: web.pod,
        env: {},
        envSecretName: undefined,
        nginxConfigName: "nginx",
        phpFpmConfigName: "php-fpm",
        application: "images",
        exporters: undefined,
    }) as unknown as {
        spec: { terminationGracePeriodSeconds: number; containers: readonly Record<string, unknown>[] };
    };
    const { preStop } = spec.containers[0]!["lifecycle"] as { preStop: { sleep: { seconds: number } } };
    const nginx = nginxFiles(web)["nginx.conf"];
    const [phpFpm = ""] = phpFpmFiles(web)["php-fpm.conf"].split("[readiness]");
    return {
        preStop: preStop.sleep.seconds,
        grace: spec.terminationGracePeriodSeconds,
        workerShutdownTimeout: seconds(nginx, /^\s*worker_shutdown_timeout (-?\d+)s;$/gm),
        fastcgiReadTimeout: seconds(nginx, /^\s*fastcgi_read_timeout (-?\d+)s;$/gm),
        requestTerminateTimeout: seconds(phpFpm, /^request_terminate_timeout = (-?\d+)s$/gm),
        processControlTimeout: seconds(phpFpm, /^process_control_timeout = (-?\d+)s$/gm),
    };
}

/** As renderedSeconds, for a budget that no component would take. */
export function renderedSecondsOf(drainBudget: DrainBudget): RenderedSeconds {
    return renderedSeconds({ ...resolveService("web", {}), drainBudget });
}

/** When a request was cut, in seconds after the pod's deletion; undefined where it was not. */
export function play(pod: RenderedSeconds, request: DrainedRequest): number | undefined {
    interface Event {
        readonly at: number;
        readonly order: number;
        readonly happens: () => void;
    }
    const events: Event[] = [];
    // What ends by itself at the very second of a limit has ended.
    const byItself = 0;
    const byForce = 1;
    const after = (at: number, order: number, happens: () => void) => events.push({ at, order, happens });

    let nginx: "serving" | "draining" | "gone" = "serving";
    let phpFpm: "serving" | "stopping" | "gone" = "serving";
    let answer: "awaited" | "given" | "none" = "none";
    let worker: "idle" | "busy" = "idle";
    let isWorked = false;
    let now = 0;
    let cutAt: number | undefined;
    const cut = () => (cutAt ??= now);
    const cutUnlessAnswered = () => {
        if (answer === "awaited") cut();
    };
    const cutUnlessWorked = () => {
        if (!isWorked) cutUnlessAnswered();
    };

    after(request.admittedAtSeconds, byItself, () => {
        if (nginx !== "serving" || phpFpm !== "serving") {
            cut();
            return;
        }
        answer = "awaited";
        after(now + request.uploadsSeconds, byItself, sendToPhpFpm);
    });
    // All of it is sent before any worker looks at it: nginx reads, and the request waits in the listen queue.
    const sendToPhpFpm = () => {
        worker = "busy";
        after(now + request.waitsSeconds, byItself, accept);
        after(now + pod.fastcgiReadTimeout, byForce, cutUnlessWorked);
    };
    const accept = () => {
        after(now + request.runsSeconds, byItself, () => {
            isWorked = true;
            if (request.workAfterAnswerSeconds === 0) worker = "idle";
            after(now + request.downloadsSeconds, byItself, () => {
                if (answer === "awaited") answer = "given";
            });
        });
        after(now + pod.requestTerminateTimeout, byForce, cutUnlessWorked);
    };
    after(pod.preStop, byForce, () => {
        if (nginx === "gone") return;
        nginx = "draining";
        // A neighbour's request keeps nginx until its own limit.
        after(now + pod.workerShutdownTimeout, byForce, () => {
            if (nginx === "gone") return;
            nginx = "gone";
            cutUnlessAnswered();
            after(now + request.stopSignalDelaySeconds, byForce, () => {
                if (phpFpm === "gone") return;
                phpFpm = "stopping";
                after(now + request.workAfterAnswerSeconds, byItself, () => (worker = "idle"));
                after(now + Math.max(0, pod.processControlTimeout), byForce, () => {
                    phpFpm = "gone";
                    if (worker === "busy") cut();
                });
            });
        });
    });
    after(pod.grace, byForce, () => {
        nginx = "gone";
        phpFpm = "gone";
        cutUnlessAnswered();
        if (worker === "busy") cut();
    });

    while (events.length > 0 && cutAt === undefined) {
        events.sort((a, b) => a.at - b.at || a.order - b.order);
        const event = events.shift()!;
        now = event.at;
        event.happens();
    }
    return cutAt;
}
