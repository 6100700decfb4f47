package sandbox

import (
	"fmt"
	"os"

	"github.com/landlock-lsm/go-landlock/landlock"
)

// systemPaths are readable for every program. They contain only the necessary parts of /etc, because host keys and password hashes
// are also there.
var systemPaths = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc",
	"/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage",
	"/etc/alternatives", "/etc/bash.bashrc", "/etc/ca-certificates", "/etc/crypto-policies", "/etc/debian_version",
	"/etc/environment", "/etc/fonts", "/etc/gai.conf", "/etc/group", "/etc/host.conf", "/etc/hosts", "/etc/inputrc",
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/login.defs", "/etc/magic",
	"/etc/mime.types", "/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd", "/etc/perl", "/etc/pki", "/etc/profile",
	"/etc/profile.d", "/etc/protocols", "/etc/python3", "/etc/resolv.conf", "/etc/services", "/etc/shells",
	"/etc/skel", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/terminfo", "/etc/timezone",
}

// devices are readable and writable for every program.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// restrict enters a Landlock domain. Domains nest, so that a program in one can only lose permissions.
func restrict(s Spec) error {
	rules := []landlock.Rule{landlock.RWFiles(devices...).WithIoctlDev().IgnoreIfMissing()}
	if hasOwnTerminals() {
		rules = append(rules, landlock.RWFiles(terminalDevices...).WithIoctlDev().IgnoreIfMissing(),
			landlock.RWDirs(terminalsDir).WithIoctlDev().IgnoreIfMissing())
	}
	if s.Namespaces || s.OwnNetwork {
		rules = append(rules, landlock.RWDirs("/dev/shm").IgnoreIfMissing())
	}
	for _, p := range readableSystem() {
		if rule, err := fileRule(p, false); err == nil {
			rules = append(rules, rule)
		}
	}
	if exe, err := Self(); err == nil {
		rules = append(rules, landlock.ROFiles(exe)) // the agents' shell is this binary
	}
	for _, p := range s.ReadOnly {
		rule, err := fileRule(p, false)
		if err != nil {
			return err
		}
		rules = append(rules, rule)
	}
	for _, p := range s.ReadWrite {
		rule, err := fileRule(p, true)
		if err != nil {
			return err
		}
		rules = append(rules, rule)
	}
	if s.Caches.Own != "" {
		rules = append(rules, landlock.RWDirs(CachesPath).WithRefer())
	}
	config := landlock.V7.BestEffort()
	if s.limitsPorts() {
		rules = append(rules, portRules(s)...)
	} else {
		config.HandledAccessNet = 0
	}
	if err := config.Restrict(rules...); err != nil {
		return fmt.Errorf("enter the Landlock domain: %w", err)
	}
	return nil
}

func portRules(s Spec) []landlock.Rule {
	var rules []landlock.Rule
	for _, p := range s.ConnectTCP {
		rules = append(rules, landlock.ConnectTCP(p))
	}
	for _, p := range s.BindTCP {
		rules = append(rules, landlock.BindTCP(p))
	}
	return rules
}

func fileRule(path string, write bool) (landlock.Rule, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("allow a path: %w", err)
	}
	switch {
	case info.IsDir() && write:
		return landlock.RWDirs(path).WithRefer(), nil
	case info.IsDir():
		return landlock.RODirs(path), nil
	case write:
		return landlock.RWFiles(path), nil
	}
	return landlock.ROFiles(path), nil
}
