/** Makes the resources that the file OBJECTS lists. */
import { readFileSync } from "node:fs";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** A Kubernetes object; one that has no name gets Pulumi's. */
export interface Listed {
    /** Of the resource. */
    readonly name: string;
    /** Default: made of the object's apiVersion and kind. */
    readonly type?: string;
    readonly object: Readonly<Record<string, unknown>>;
    readonly ignoreChanges?: string[];
    /** Seconds. */
    readonly timeout?: number;
}

const provider = new k8s.Provider("cluster", { clusterIdentifier: "test" });
const listed = JSON.parse(readFileSync(process.env["OBJECTS"] ?? "", "utf8")) as readonly Listed[];

/** A resource of any type, where the package's own classes would have to be looked up by name. */
class AnyResource extends pulumi.CustomResource {}

let previous: pulumi.Resource[] = [];
for (const { name, type, object, ignoreChanges = [], timeout } of listed) {
    const { apiVersion, kind } = object as { readonly apiVersion: string; readonly kind: string };
    const token = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
    const timeouts = timeout === undefined ? {} : { create: `${timeout}s`, update: `${timeout}s` };
    // One after the other, as a program does whose objects need one another.
    previous = [
        new AnyResource(type ?? token, name, object, {
            provider,
            ignoreChanges,
            customTimeouts: timeouts,
            dependsOn: previous,
        }),
    ];
}
