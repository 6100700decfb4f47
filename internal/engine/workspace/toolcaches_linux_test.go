package workspace_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
)

// tool is a package manager whose cache a base carries to sessions.
type tool struct {
	name, bin string
	files     map[string]string
	// fill is the check command that fills the cache. use works only with what it left there, and prints want.
	fill, use, want string
}

var npmPackage = packed(map[string]string{"package/package.json": `{"name":"dep","version":"1.0.0"}`, "package/index.js": `module.exports = "from the cache"`})

// tools are real runs without a network. pip and cargo name entries after where a package came from, so theirs lies for the moment at a
// path that is the same in every sandbox.
var tools = []tool{
	{
		name: "npm", bin: "npm", want: "from the cache\n",
		files: map[string]string{
			"dep.tgz":      npmPackage,
			"package.json": `{"name":"app","version":"1.0.0","dependencies":{"dep":"1.0.0"}}`,
			"package-lock.json": fmt.Sprintf(`{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{"":{"dependencies":{"dep":"1.0.0"}},
				"node_modules/dep":{"version":"1.0.0","resolved":"https://registry.npmjs.org/dep/-/dep-1.0.0.tgz","integrity":%q}}}`, integrity(npmPackage)),
		},
		fill: "npm cache add ./dep.tgz",
		use:  `npm ci --offline --no-audit --no-fund >&2 && node -e 'console.log(require("dep"))'`,
	},
	{
		name: "pip", bin: "pip3", want: "1\n",
		files: map[string]string{"dep-1.0.tar.gz": packed(map[string]string{
			"dep-1.0/setup.py": "from setuptools import setup\nsetup(name='dep', version='1.0', py_modules=['dep'])\n",
			"dep-1.0/dep.py":   "", "dep-1.0/PKG-INFO": "Metadata-Version: 1.0\nName: dep\nVersion: 1.0\n",
		})},
		fill: pipInstall + " && rm -rf /cache/dist", use: pipInstall + " | grep -c 'Using cached'",
	},
	{
		name: "cargo", bin: "cargo", want: "from the cache\n",
		files: map[string]string{
			"dep/Cargo.toml":  "[package]\nname = \"dep\"\nversion = \"1.0.0\"\n",
			"dep/src/lib.rs":  "pub fn say() -> &'static str { \"from the cache\" }\n",
			"app/Cargo.toml":  "[package]\nname = \"app\"\nversion = \"1.0.0\"\n[dependencies]\ndep = { git = \"file:///cache/dep\" }\n",
			"app/src/main.rs": "fn main() { println!(\"{}\", dep::say()); }\n",
		},
		fill: "cp -r dep /cache/dep && cd /cache/dep && git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm dep && cd - && " +
			"cd app && cargo fetch && cp Cargo.lock $CARGO_HOME/app.lock && rm -rf /cache/dep",
		use: "cd app && cp $CARGO_HOME/app.lock Cargo.lock && cargo run --offline --quiet",
	},
}

const pipInstall = "mkdir -p /cache/dist && cp dep-1.0.tar.gz /cache/dist && pip3 install --no-index --no-build-isolation --no-deps --target ./site --find-links /cache/dist dep"

// packed is a compressed archive of files.
func packed(files map[string]string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))})
		_, _ = w.Write([]byte(text))
	}
	_, _ = w.Close(), z.Close()
	return b.String()
}

func integrity(archive string) string {
	sum := sha512.Sum512([]byte(archive))
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

// TestEverySessionFindsThePackagesOfTheChecks runs the real npm, pip and cargo: what the checks of the default branch fetched is in the
// cache of every session, and nothing that a session adds is in that of another. With ORCHESTRATOR_ALL_TOOLS, all of them must be there.
func TestEverySessionFindsThePackagesOfTheChecks(t *testing.T) {
	t.Parallel()
	for _, tool := range tools {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("/usr/bin/" + tool.bin); err != nil && os.Getenv("ORCHESTRATOR_ALL_TOOLS") == "" {
				t.Skipf("this host has no %s in /usr/bin, where sandboxes find it", tool.bin)
			}
			y := newYard(t, tool.files, tool.fill)
			if out := y.agent(t, y.open(t, "before"), "("+tool.use+") >/dev/null 2>&1 || echo nothing"); out != "nothing\n" {
				t.Fatalf("without a base, a session found %q", out)
			}
			y.fill(t)
			for _, name := range []string{"one", "two"} {
				out := y.agent(t, y.open(t, name), "ls /cache/"+tool.name+"/evil 2>/dev/null; "+tool.use+"; touch /cache/"+tool.name+"/evil")
				if !strings.HasSuffix(out, tool.want) || strings.Contains(out, "evil") {
					t.Errorf("session %s found %q", name, out)
				}
			}
		})
	}
}
