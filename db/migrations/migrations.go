// Package migrations holds the schema as SQL files: those in common are for both databases, sqlite and postgres hold only what must
// differ.
package migrations

import (
	"embed"
	"io/fs"
)

// Files are the folders common, sqlite and postgres.
//
//go:embed common sqlite postgres
var Files embed.FS

// Text is every file one after another, for tests that compare the code with the schema.
func Text() string {
	var all []byte
	_ = fs.WalkDir(Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := Files.ReadFile(name)
		all = append(all, b...)
		return err
	})
	return string(all)
}
