/** Another ingress controller than the stack's, and what leads clients to either: a load balancer, or DNS. */
import { run } from "../../common/commands";

/** `ingressController` of a stack file. */
export type ControllerSettings = Readonly<Record<string, unknown>> & { readonly kind: string };

export interface SecondController {
    /** Has the cluster be ready for it. Returns what `ingressController.alongside` is to be. */
    readonly ready: () => Promise<ControllerSettings>;
    /** Leads new connections to the controller of that kind; those that there are stay where they are. */
    readonly lead: (kind: string) => Promise<void>;
    /** Likewise, unless they go there already. */
    readonly leadBack: (kind: string) => Promise<void>;
}

/** Shell commands. */
export interface SecondControllerCommands {
    /** Prints the settings as JSON. */
    readonly ready: string;
    /** Gets the kind as its argument. */
    readonly lead: string;
}

/** What brings new images takes longest. */
const readySeconds = 600;
const leadSeconds = 300;

export function secondControllerOf({ ready, lead }: SecondControllerCommands): SecondController {
    const shell = (command: string, timeoutSeconds: number, ...args: readonly string[]) =>
        run("sh", ["-c", `${command} "$@"`, "sh", ...args], { timeoutSeconds });
    let ledTo: string | undefined;
    const leadTo = async (kind: string) => {
        ledTo = kind;
        await shell(lead, leadSeconds, kind);
    };
    return {
        ready: async () => settingsIn(await shell(ready, readySeconds)),
        lead: leadTo,
        leadBack: async (kind) => {
            if (ledTo !== undefined && ledTo !== kind) await leadTo(kind);
        },
    };
}

/** @throws where it is none */
function settingsIn(printed: string): ControllerSettings {
    const settings = JSON.parse(printed) as Partial<ControllerSettings> | null;
    if (typeof settings?.kind !== "string") {
        throw new Error(
            `--second-controller is to print settings as ingressController.alongside takes them, with a kind, not ${printed.slice(0, 100)}`,
        );
    }
    return { ...settings, kind: settings.kind };
}
