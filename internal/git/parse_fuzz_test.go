package git

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// What git prints holds names and text that an agent chose.
func FuzzGitOutput(f *testing.F) {
	f.Add([]byte(":100644 100644 aa bb M\x00a\x00:100644 100644 aa bb R100\x00a\x00b\x00"), []byte("1\t2\ta\x000\t0\t\x00a\x00b\x00"),
		[]byte("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\ndiff --git a/a b/b\nsimilarity index 100%\n"))
	f.Add([]byte(":1 2 3 4 R\x00"), []byte("-\t-\tx"), []byte("\ndiff --git \nGIT binary patch\n"))
	f.Add([]byte(": : : : :\x00\x00\x00"), []byte("99999999999999999999\t-5\t\x00"), []byte("diff --git a/x b/x\ndeleted file mode 100644\n\ndiff --git a/x b/x\n"))
	f.Fuzz(func(t *testing.T, raw, numbers, patch []byte) {
		files := changes(raw)
		addCounts(files, numbers)
		if got := bytes.Join(sections(patch), nil); !bytes.Equal(got, patch) {
			t.Fatalf("%q was cut into parts that are not it: %q", patch, got)
		}
		assignParts(files, sections(patch))
		for _, c := range files {
			if c.Additions < 0 || c.Deletions < 0 || !utf8.ValidString(c.Patch) || strings.ContainsRune(c.Patch, 0) {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// Progress is what the other side of a clone says; it becomes lines of bounded length.
func FuzzProgress(f *testing.F) {
	f.Add([]byte("remote: a\rremote: b\n"), uint8(2))
	f.Add([]byte("\xff\x00secret\n"), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		l := &lines{to: func(s string) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n") || strings.Contains(s, "secret") {
				t.Fatalf("output %q", s)
			}
		}, clean: call{secrets: []string{"secret"}}.redact}
		for rest := text; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			_, _ = l.Write(rest[:n])
			rest = rest[n:]
		}
	})
}

// A clone URL never becomes an option of git or ssh, whatever it holds.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"https://h/x", "ssh://git@h:22/x", "git@h:x", "-oProxyCommand=x@h:y", "ssh://-oProxyCommand=x/y", "ext::sh -c x", "https://0x7f.1/x", "file:///etc", "https://u:p@h/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		host, _, _, err := target(raw)
		if err == nil && (host == "" || host[0] == '-') {
			t.Fatalf("%q leads to the host %q", raw, host)
		}
	})
}
