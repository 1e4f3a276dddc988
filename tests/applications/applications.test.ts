/** Applications that nobody here wrote, used in a browser while they are rolled out. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { restricted } from "../../components/specs/podTemplate";
import { withPage } from "../../tools/html/chromium";
import type { ImageRecipe } from "../../tools/lab/images/recipes";
import { Lab } from "../cluster/lab";
import { Visitor } from "./browser";
import { dokuwiki, mediawiki } from "./recipes";

const password = readFileSync(join(__dirname, "images/dokuwiki/password"), "utf8");
const uploadBytes = 3_000_000;
/** Chromium's, for as long as a rollout takes. */
const visitSeconds = 300;

interface Application {
    readonly recipe: ImageRecipe;
    /** Below `web` of the stack file. */
    readonly app: Readonly<Record<string, unknown>>;
    /** Of PHP. */
    readonly ini?: Readonly<Record<string, string>>;
    readonly env: (url: string) => Readonly<Record<string, string>>;
    /** In a Secret that somebody else makes. */
    readonly secrets: Readonly<Record<string, string>>;
    /** Folders of the claim, by where they are mounted. */
    readonly folders: Readonly<Record<string, string>>;
    /** What a team would run once, before the first release. */
    readonly install: readonly string[];
    /** Asked five times a second during the rollout. */
    readonly page: string;
    readonly logIn: (visitor: Visitor) => Promise<void>;
    readonly isLoggedIn: (visitor: Visitor) => Promise<void>;
    readonly edit: (visitor: Visitor, page: string, text: string) => Promise<void>;
    /** Returns where the upload is found. */
    readonly upload: (visitor: Visitor) => Promise<string>;
    /** Paths of pages and files, each with the type that it has. */
    readonly further: Readonly<Record<string, string>>;
}

const applications: readonly Application[] = [
    {
        recipe: mediawiki,
        app: {
            source: "phpFpmImage",
            documentRoot: "/srv/mediawiki",
            healthPath: "/load.php",
            // A page of a picture is called as the picture is.
            missingAssets: "application",
        },
        env: (url) => ({ WIKI_SERVER: url.replace(/\/$/, "") }),
        secrets: { WIKI_SECRET_KEY: "of-the-tests-only" },
        folders: { data: "/srv/data", images: "/srv/mediawiki/images" },
        install: [
            // As if there were no settings yet: they are in the image, and those that it writes are not used.
            `MW_CONFIG_FILE=/tmp/none php /srv/mediawiki/maintenance/run.php install --dbtype sqlite --dbname wiki \\
                --dbpath /srv/data --server "$WIKI_SERVER" --scriptpath "" --confpath /tmp --pass "${password}" Wiki Editor`,
        ],
        page: "/wiki/Main_Page",
        logIn: async (visitor) => {
            await visitor.go("/index.php?title=Special:UserLogin");
            await visitor.fill({ "#wpName1": "Editor", "#wpPassword1": password });
            await visitor.press("#wpLoginAttempt");
        },
        isLoggedIn: async (visitor) => {
            await visitor.go("/wiki/Main_Page");
            await visitor.until("mw.config.get('wgUserName') === 'Editor'");
        },
        edit: async (visitor, page, text) => {
            await visitor.go(`/index.php?title=${page}&action=edit`);
            await visitor.fill({ "#wpTextbox1": text });
            await visitor.press("#wpSave");
            await visitor.until(`location.pathname === '/wiki/${page}'`);
        },
        upload: async (visitor) => {
            await visitor.go("/wiki/Special:Upload");
            await visitor.chooseFile("#wpUploadFile", "Lab.png", uploadBytes);
            await visitor.fill({ "#wpDestFile": "Lab.png" });
            await visitor.press("[name=wpUpload]");
            await visitor.until("location.pathname === '/wiki/File:Lab.png'");
            return "/images/0/0c/Lab.png";
        },
        further: {
            "/index.php/Main_Page": "text/html",
            "/load.php?modules=startup&only=scripts": "text/javascript",
            "/resources/assets/licenses/public-domain.png": "image/png",
            "/wiki/File:Lab.png": "text/html",
        },
    },
    {
        recipe: dokuwiki,
        app: {
            source: "phpFpmImage",
            documentRoot: "/srv/dokuwiki",
            frontController: "doku.php",
            healthPath: "/doku.php",
        },
        ini: { "session.save_path": "/srv/data/sessions" },
        env: () => ({}),
        secrets: {},
        folders: { data: "/srv/data" },
        install: ["cp -R /srv/first-data/. /srv/data/", "mkdir /srv/data/sessions"],
        page: "/doku.php/wiki:welcome",
        logIn: async (visitor) => {
            await visitor.go("/doku.php/start?do=login");
            await visitor.fill({ "#dw__login [name=u]": "editor", "#dw__login [name=p]": password });
            await visitor.press("#dw__login [type=submit]");
        },
        isLoggedIn: async (visitor) => {
            await visitor.go("/doku.php/start");
            await visitor.until("document.body.innerText.includes('Logged in as')");
        },
        edit: async (visitor, page, text) => {
            await visitor.go(`/doku.php/${page.toLowerCase()}?do=edit`);
            await visitor.fill({ "#wiki__text": text });
            await visitor.press("#edbtn__save");
            await visitor.until(`document.body.innerText.includes(${JSON.stringify(text)})`);
        },
        upload: async (visitor) => {
            // Its own form is a script's; what that sends is the same.
            await visitor.go("/doku.php/start?do=edit");
            await visitor.addForm("/lib/exe/mediamanager.php?ns=", "[name=sectok]", "upload");
            await visitor.chooseFile("#own [name=upload]", "lab.png", uploadBytes);
            await visitor.leave("document.querySelector('#own').submit()");
            return "/lib/exe/fetch.php/lab.png";
        },
        further: {
            "/lib/exe/css.php": "text/css",
            "/doku.php?id=wiki:syntax": "text/html",
            "/lib/images/larger.gif": "image/gif",
        },
    },
];

for (const application of applications) {
    const { recipe, page } = application;
    const claim = recipe.name;
    describe(`${recipe.name} on the lab`, function () {
        this.timeout(600_000);
        let lab: Lab;
        let folder: string;
        let image: string;

        before(async () => {
            lab = await Lab.open();
            image = await lab.importImage(recipe);
            folder = sharedFolder(recipe.name, Object.keys(application.folders));
            await lab.apply(...sharedVolume(claim, folder), {
                apiVersion: "v1",
                kind: "Secret",
                metadata: { name: claim, namespace: "web" },
                stringData: application.secrets,
            });
            await lab.runJob(`install-${claim}`, installation(application, image, lab.url));
        });

        after(async () => {
            await lab.deploy();
            const made = [`job/install-${claim}`, `secret/${claim}`, `persistentvolumeclaim/${claim}`];
            await lab.kubectl("delete", "--namespace=web", ...made);
            await lab.kubectl("delete", "persistentvolume", claim);
            rmSync(folder, { recursive: true });
        });

        const deploy = (release: string) =>
            lab.deploy((web) => {
                web["app"] = {
                    ...application.app,
                    volumes: Object.entries(application.folders).map(([subPath, path]) => ({ claim, path, subPath })),
                };
                web["autoscaling"] = { minReplicas: 2, maxReplicas: 3 };
                web["phpFpm"] = {
                    image,
                    maxChildren: 4,
                    memoryLimit: "96Mi",
                    opcacheMemory: "32Mi",
                    ini: application.ini ?? {},
                    envFrom: { secrets: [claim] },
                    env: { ...application.env(lab.url), RELEASE: release },
                    resources: { requests: { cpu: "60m", memory: "128Mi" }, limits: { cpu: "1" } },
                };
            });

        it("is used while it is rolled out: nothing is lost, and who has logged in stays so", async () => {
            await deploy("1");
            await withPage(
                new URL(page, lab.url).href,
                async (chromium) => {
                    const visitor = new Visitor(chromium, lab.url);
                    await application.logIn(visitor);
                    await application.isLoggedIn(visitor);
                    await application.edit(visitor, "Before", "written before the rollout");
                    const picture = await application.upload(visitor);
                    expect(await visitor.fetch(picture)).to.deep.equal({
                        status: 200,
                        type: "image/png",
                        bytes: uploadBytes,
                    });
                    for (const [path, type] of Object.entries(application.further)) {
                        const found = await visitor.fetch(path);
                        expect({ path, status: found.status }).to.deep.equal({ path, status: 200 });
                        expect(found.type, path).to.match(new RegExp(`^${type}`));
                    }

                    let isOver = false;
                    let edits = 0;
                    const answers = await lab.watch(
                        () => lab.ask(page),
                        async () => {
                            const rollout = deploy("2").finally(() => (isOver = true));
                            while (!isOver) {
                                await application.edit(visitor, "During", `the ${++edits}th time`);
                                await application.isLoggedIn(visitor);
                            }
                            await rollout;
                        },
                    );
                    expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
                    expect(answers.length).to.be.above(20);
                    expect(edits).to.be.above(2);
                    expect((await visitor.fetch(picture)).bytes).to.equal(uploadBytes);
                },
                visitSeconds,
            );
        });
    });
}

/** Whoever runs as whom may write there. Not below the lab's own folder, which its nodes do not see. */
function sharedFolder(name: string, folders: readonly string[]): string {
    const folder = mkdtempSync(join("/var/tmp", `php-web-service-${name}-`));
    chmodSync(folder, 0o755);
    for (const each of folders) {
        mkdirSync(join(folder, each));
        chmodSync(join(folder, each), 0o777);
    }
    return folder;
}

/** Both nodes are this machine, so that a folder of it is shared as a file server's would be. */
function sharedVolume(name: string, folder: string): readonly object[] {
    const capacity = { storage: "1Gi" };
    const access = { accessModes: ["ReadWriteMany"], storageClassName: "" };
    return [
        {
            apiVersion: "v1",
            kind: "PersistentVolume",
            metadata: { name },
            spec: { ...access, capacity, persistentVolumeReclaimPolicy: "Retain", hostPath: { path: folder } },
        },
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name, namespace: "web" },
            spec: { ...access, volumeName: name, resources: { requests: capacity } },
        },
    ];
}

function installation({ recipe, folders, install, env }: Application, image: string, url: string): object {
    return {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
            {
                name: "install",
                image,
                command: ["sh", "-exc", install.join("\n")],
                env: Object.entries(env(url)).map(([name, value]) => ({ name, value })),
                envFrom: [{ secretRef: { name: recipe.name } }],
                securityContext: restricted(33),
                volumeMounts: [
                    { name: "temporary", mountPath: "/tmp" },
                    ...Object.entries(folders).map(([subPath, mountPath]) => ({ name: "shared", mountPath, subPath })),
                ],
            },
        ],
        volumes: [
            { name: "temporary", emptyDir: {} },
            { name: "shared", persistentVolumeClaim: { claimName: recipe.name } },
        ],
    };
}
