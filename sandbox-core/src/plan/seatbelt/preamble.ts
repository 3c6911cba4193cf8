/**
 * What a program needs to start and run at all, whatever the policy says: processes of its own, the services behind libc
 * and the dynamic linker, facts about the machine. No service that acts for others (launching, scripting, the clipboard).
 *
 * srt: the fixed part of its macOS profile.
 */
export const PREAMBLE = `
(allow process-exec process-fork)
(allow process-info* signal mach-priv-task-port (target same-sandbox))
(allow user-preference-read)

(allow mach-lookup
  (global-name "com.apple.audio.systemsoundserver")
  (global-name "com.apple.distributed_notifications@Uv3")
  (global-name "com.apple.FontObjectsServer")
  (global-name "com.apple.fonts")
  (global-name "com.apple.logd")
  (global-name "com.apple.lsd.mapdb")
  (global-name "com.apple.PowerManagement.control")
  (global-name "com.apple.system.logger")
  (global-name "com.apple.system.notification_center")
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.opendirectoryd.membership")
  (global-name "com.apple.bsd.dirhelper")
  (global-name "com.apple.securityd.xpc")
  (global-name "com.apple.coreservices.launchservicesd")
  (global-name "com.apple.SecurityServer"))

(allow ipc-posix-shm)
(allow ipc-posix-sem)
(allow iokit-open
  (iokit-registry-entry-class "IOSurfaceRootUserClient")
  (iokit-registry-entry-class "RootDomainUserClient")
  (iokit-user-client-class "IOSurfaceSendRight"))
(allow iokit-get-properties)
(allow system-socket (require-all (socket-domain AF_SYSTEM) (socket-protocol 2)))

(allow sysctl-read
  (sysctl-name "hw.activecpu" "hw.busfrequency_compat" "hw.byteorder" "hw.cacheconfig" "hw.cachelinesize_compat" "hw.cpufamily")
  (sysctl-name "hw.cpufrequency" "hw.cpufrequency_compat" "hw.cputype" "hw.l1dcachesize_compat" "hw.l1icachesize_compat")
  (sysctl-name "hw.l2cachesize_compat" "hw.l3cachesize_compat" "hw.logicalcpu" "hw.logicalcpu_max" "hw.machine" "hw.memsize" "hw.ncpu")
  (sysctl-name "hw.nperflevels" "hw.packages" "hw.pagesize" "hw.pagesize_compat" "hw.physicalcpu" "hw.physicalcpu_max")
  (sysctl-name "hw.tbfrequency_compat" "hw.vectorunit")
  (sysctl-name "kern.argmax" "kern.bootargs" "kern.hostname" "kern.maxfiles" "kern.maxfilesperproc" "kern.maxproc" "kern.ngroups")
  (sysctl-name "kern.osproductversion" "kern.osrelease" "kern.ostype" "kern.osvariant_status" "kern.osversion" "kern.secure_kernel")
  (sysctl-name "kern.tcsm_available" "kern.tcsm_enable" "kern.usrstack64" "kern.version" "kern.willshutdown")
  (sysctl-name "machdep.cpu.brand_string" "machdep.ptrauth_enabled" "security.mac.lockdown_mode_state" "sysctl.proc_cputype" "vm.loadavg")
  (sysctl-name-prefix "hw.optional.arm") (sysctl-name-prefix "hw.optional.armv8_") (sysctl-name-prefix "hw.perflevel")
  (sysctl-name-prefix "kern.proc.all") (sysctl-name-prefix "kern.proc.pgrp.") (sysctl-name-prefix "kern.proc.pid.")
  (sysctl-name-prefix "machdep.cpu.") (sysctl-name-prefix "net.routetable."))
(allow sysctl-write (sysctl-name "kern.tcsm_enable"))
(allow distributed-notification-post)

(allow file-ioctl
  (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random") (literal "/dev/urandom") (literal "/dev/dtracehelper") (literal "/dev/tty"))
(allow file-ioctl file-read-data file-write-data (require-all (literal "/dev/null") (vnode-type CHARACTER-DEVICE)))
`.trim();
