/** web.app.source phpFpmImage: what the pod's first container does, done here. */
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readlinkSync,
    rmSync,
    statSync,
    symlinkSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { run } from "../../tools/common/commands";
import { recordingOfText } from "../helpers/stacks";
import { webObjects } from "../helpers/webObjects";
import { failures } from "../promises/mutations";

const stack = `
config:
    php-web-service:web:
        app:
            source: phpFpmImage
            documentRoot: /srv/app/public
            writablePaths: [/srv/app/public/uploads/2026, /srv/app/var]
`;

describe("an application in php-fpm's image alone", () => {
    it("is copied for nginx before anything else starts, and the promise holds", async () => {
        const recording = await recordingOfText(stack);
        const web = webObjects(recording);
        const [first, second] = web.pod.initContainers;
        expect([first?.name, first?.restartPolicy, second?.name]).to.deep.equal(["application", undefined, "php-fpm"]);
        expect(first?.image).to.equal(web.phpFpm.image);
        const mountsOf = (name: string) =>
            web.container(name).volumeMounts.filter(({ mountPath }) => mountPath.startsWith("/srv/app"));
        expect(mountsOf("nginx")).to.deep.include({
            name: "application",
            mountPath: "/srv/app/public",
            readOnly: true,
            subPath: "root",
        });
        expect(mountsOf("php-fpm").map(({ name }) => name)).to.deep.equal(["written-1", "written-2"]);
        expect(web.pod.volumes).to.deep.include({ name: "application", emptyDir: {} });
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });
    });

    it("is the same afterwards, with its times and links, and has the folders to mount into", async () => {
        const { command, args } = webObjects(await recordingOfText(stack)).container("application");
        const folder = mkdtempSync(join(tmpdir(), "application-copy-test-"));
        try {
            const [root, copy] = [join(folder, "public"), join(folder, "copy")];
            for (const each of [root, copy, join(root, "assets")]) mkdirSync(each);
            writeFileSync(join(root, "assets/.htaccess"), "deny");
            writeFileSync(join(root, "a name with spaces.css"), "body {}");
            utimesSync(join(root, "a name with spaces.css"), 1_700_000_000, 1_700_000_000);
            symlinkSync("../storage/app", join(root, "storage"));
            const options = args.map((arg) => (arg === "/srv/app/public" ? root : arg));
            chmodSync(folder, 0o755);
            chmodSync(copy, 0o777);
            // The volume is root's, and the container is not; a second try finds the first one's.
            const asOther = process.getuid?.() === 0 ? ["setpriv", "--reuid=33", "--regid=33", "--clear-groups"] : [];
            const [program = "", ...words] = [...asOther, ...command, ...options];
            for (const _ of [1, 2]) await run(program, words, { cwd: copy });
            expect(readFileSync(join(copy, "root/assets/.htaccess"), "utf8")).to.equal("deny");
            expect(statSync(join(copy, "root/a name with spaces.css")).mtimeMs).to.equal(1_700_000_000_000);
            expect(readlinkSync(join(copy, "root/storage"))).to.equal("../storage/app");
            expect(existsSync(join(copy, "root/uploads/2026"))).to.equal(true);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});
