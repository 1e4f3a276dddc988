/** The objects of a PhpWebService in a recording, typed and by their role. */
import type * as k8s from "@pulumi/kubernetes";

import type { Recording } from "../../tools/render/record";
import { resource } from "./stacks";

export type Deployment = k8s.types.output.apps.v1.DeploymentSpec;
export type Container = k8s.types.output.core.v1.Container;
export type Probe = k8s.types.output.core.v1.Probe;

const spec = (recording: Recording, type: string, name?: string): unknown =>
    resource(recording, type, name).inputs["spec"];

/** Read one by one: a missing object fails only the checks that look at it. */
export function webObjects(recording: Recording) {
    const config = (name: string, file: string): string => {
        const data = resource(recording, "kubernetes:core/v1:ConfigMap", name).inputs["data"] as Record<string, string>;
        const text = data[file];
        if (text === undefined) throw new Error(`no ${file} in ConfigMap ${name}`);
        return text;
    };
    return {
        get deploymentResource() {
            return resource(recording, "kubernetes:apps/v1:Deployment", "web");
        },
        get deployment() {
            return this.deploymentResource.inputs["spec"] as Deployment;
        },
        get pod() {
            return this.deployment.template.spec;
        },
        get containers(): readonly Container[] {
            return [...this.pod.initContainers, ...this.pod.containers];
        },
        container(name: string): Container {
            const found = this.containers.find((each) => each.name === name);
            if (found === undefined) throw new Error(`no container ${name}`);
            return found;
        },
        get nginx() {
            return this.container("nginx");
        },
        get phpFpm() {
            return this.container("php-fpm");
        },
        get nginxConf() {
            return config("web-nginx", "nginx.conf");
        },
        get phpFpmConf() {
            return config("web-php-fpm", "php-fpm.conf");
        },
        get phpIni() {
            return config("web-php-fpm", "php.ini");
        },
        get namespace() {
            return resource(recording, "kubernetes:core/v1:Namespace", "web").inputs["metadata"] as {
                name: string;
                labels: Record<string, string>;
            };
        },
        get service() {
            return spec(recording, "kubernetes:core/v1:Service", "web") as k8s.types.output.core.v1.ServiceSpec;
        },
        get disruptionBudget() {
            return spec(
                recording,
                "kubernetes:policy/v1:PodDisruptionBudget",
                "web",
            ) as k8s.types.output.policy.v1.PodDisruptionBudgetSpec;
        },
        get networkPolicy() {
            return spec(
                recording,
                "kubernetes:networking.k8s.io/v1:NetworkPolicy",
                "web",
            ) as k8s.types.output.networking.v1.NetworkPolicySpec;
        },
    };
}

export function hpaOf(recording: Recording): k8s.types.output.autoscaling.v2.HorizontalPodAutoscalerSpec {
    return spec(
        recording,
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    ) as k8s.types.output.autoscaling.v2.HorizontalPodAutoscalerSpec;
}

export function ingressOf(recording: Recording) {
    const { inputs } = resource(recording, "kubernetes:networking.k8s.io/v1:Ingress");
    return {
        annotations: (inputs["metadata"] as { annotations: Record<string, string> }).annotations,
        spec: inputs["spec"] as k8s.types.output.networking.v1.IngressSpec,
    };
}

/** Values that reach ingress-nginx's chart. */
export function controllerOf(recording: Recording) {
    return resource(recording, "kubernetes-ingress-nginx:index:IngressController").inputs as {
        controller: Record<string, unknown>;
        helmOptions: Record<string, unknown>;
    };
}

/** A directive's value in nginx.conf ("40s") or a key's in php-fpm.conf, every place it stands. */
export function directive(text: string, name: string): readonly string[] {
    const escaped = name.replaceAll(/[.[\]]/g, "\\$&");
    return [...text.matchAll(new RegExp(`^\\s*${escaped}(?:\\s*=\\s*|\\s+)([^;\\n]+?);?$`, "gm"))].map(
        (match) => match[1] ?? "",
    );
}

/** "40s" as 40. */
export function secondsOf(text: string | undefined): number {
    const match = /^(\d+)s$/.exec(text ?? "");
    if (match === null) throw new Error(`no seconds: ${text ?? "nothing"}`);
    return Number(match[1]);
}
