# shellcheck shell=bash
# What the finish.sh of the images from Debian packages share. The packages are unpacked, not installed: what their
# installation scripts would do is done here where it matters, which takes seconds and is the same every time.

# Usage: finish_root ROOT. Accounts, and away with what no container needs or what would tell about the build.
finish_root() {
    local root=$1
    cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
    cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
    echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
    rm -rf "$root"/usr/share/{base-files,base-passwd,bash-completion,bug,debconf,doc,info,lintian,locale,man,vim} \
        "$root"/usr/lib/*/{audit,gconv,perl,perl-base} "$root"/usr/lib/{init,systemd} \
        "$root"/etc/{apt,dpkg,fstab,hostname,init.d,logrotate.d,rc?.d,resolv.conf,systemd,ufw,update-motd.d} \
        "$root"/var/{cache,lib/apt,lib/dpkg} "$root/boot" "$root/home" "$root/media" "$root/mnt" "$root/srv"
}

# Usage: add_user ROOT NAME ID
add_user() {
    echo "$2:x:$3:$3:$2:/nonexistent:/usr/sbin/nologin" >>"$1/etc/passwd"
    echo "$2:x:$3:" >>"$1/etc/group"
}

# Usage: log_to_container ROOT. nginx' own default files lead to the container's output.
log_to_container() {
    mkdir -p "$1/var/log/nginx"
    ln -sf /dev/stdout "$1/var/log/nginx/access.log"
    ln -sf /dev/stderr "$1/var/log/nginx/error.log"
}

# Usage: inside ROOT COMMAND ... Runs a command of the image, with the machine's /dev and a /proc of its own, which go when
# it ends. Its output is a pipe's in any case, since /dev/stderr cannot be opened where it is a socket, as it is below Node.
inside() {
    # shellcheck disable=SC2016
    unshare --mount --pid --fork bash -euc '
        root=$1
        shift
        mount --rbind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        exec chroot "$root" "$@"
    ' inside "$@" 2>&1 | cat
}
