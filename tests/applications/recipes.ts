/** Images of applications that nobody here wrote, from Debian's packages: one image each, as teams build them. */
import { phpFpm, type ImageRecipe } from "../../tools/lab/images/recipes";

const folder = "tests/applications/images";

/** php-fpm's, with what the copy at a pod's start wants: a shell and cp. */
export const phpFpmWithShell: ImageRecipe = { ...phpFpm, packages: [...phpFpm.packages, "dash", "coreutils"] };

export const mediawiki: ImageRecipe = {
    ...phpFpmWithShell,
    name: "mediawiki",
    packages: [...phpFpmWithShell.packages, "mediawiki", "php8.4-sqlite3", "php8.4-intl"],
    version: { ofPackage: "mediawiki" },
    finish: [...phpFpm.finish, `${folder}/mediawiki/finish.sh`],
};

export const dokuwiki: ImageRecipe = {
    ...phpFpmWithShell,
    name: "dokuwiki",
    packages: [...phpFpmWithShell.packages, "dokuwiki"],
    version: { ofPackage: "dokuwiki" },
    finish: [...phpFpm.finish, `${folder}/dokuwiki/finish.sh`],
};
