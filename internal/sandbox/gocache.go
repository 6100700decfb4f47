package sandbox

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// goCacheArg starts this binary as Go's cache program.
const goCacheArg = "__gocache"

// GoCacheProgram returns the variable that makes Go use this binary for its cache: it reads from the newest numbered directory in bases,
// below part, and from own, and writes only to own. Both have the files of a plain GOCACHE.
func GoCacheProgram(bases, part, own string) (string, error) {
	exe, err := Self()
	if err != nil {
		return "", fmt.Errorf("find this binary: %w", err)
	}
	words := []string{exe, goCacheArg, bases, part, own}
	for i, w := range words {
		if strings.ContainsAny(w, `'"`) {
			return "", fmt.Errorf("go cannot start a program with the path %s, because it has quotes", w)
		}
		words[i] = "'" + w + "'"
	}
	return "GOCACHEPROG=" + strings.Join(words, " "), nil
}

// cacheRequest and cacheResponse are Go's protocol (cmd/go/internal/cacheprog).
type cacheRequest struct {
	ID       int64
	Command  string
	ActionID []byte
	OutputID []byte
	BodySize int64
}

type cacheResponse struct {
	ID            int64
	Err           string     `json:",omitempty"`
	KnownCommands []string   `json:",omitempty"`
	Miss          bool       `json:",omitempty"`
	OutputID      []byte     `json:",omitempty"`
	Size          int64      `json:",omitempty"`
	Time          *time.Time `json:",omitempty"`
	DiskPath      string     `json:",omitempty"`
}

// goCacheProgram answers Go's requests until it closes the input.
type goCacheProgram struct {
	base, own string
	mu        sync.Mutex
	out       *json.Encoder
	wg        sync.WaitGroup
}

// serveGoCache runs the program with its arguments: bases, part and own.
func serveGoCache(args []string, in io.Reader, out io.Writer) error {
	base, err := newestBase(args[0])
	if err != nil {
		return err
	}
	if base != "" {
		held, err := holdBase(base)
		if err != nil {
			return err
		}
		defer held.Close()
		base = filepath.Join(base, args[1])
	}
	p := &goCacheProgram{base: base, own: args[2], out: json.NewEncoder(out)}
	defer p.wg.Wait()
	p.say(cacheResponse{KnownCommands: []string{"get", "put", "close"}})
	for requests := json.NewDecoder(bufio.NewReaderSize(in, 1<<20)); ; {
		more, err := p.next(requests)
		if err != nil || !more {
			return err
		}
	}
}

func newestBase(bases string) (dir string, err error) {
	entries, err := os.ReadDir(bases)
	if err != nil {
		return "", fmt.Errorf("read the tool caches: %w", err)
	}
	newest := 0
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && n > newest {
			newest, dir = n, filepath.Join(bases, e.Name())
		}
	}
	return dir, nil
}

func (p *goCacheProgram) say(r cacheResponse) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.out.Encode(r) // without its reader, Go has ended
}

// next reads and answers one request; more is false after the last one.
func (p *goCacheProgram) next(in *json.Decoder) (more bool, err error) {
	var q cacheRequest
	if err := in.Decode(&q); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, fmt.Errorf("read a request of go: %w", err)
	}
	var body []byte
	if q.Command == "put" && q.BodySize > 0 {
		if err := in.Decode(&body); err != nil { // a text in base64
			return false, fmt.Errorf("read a request of go: %w", err)
		}
	}
	if q.Command == "close" {
		p.wg.Wait()
		p.say(cacheResponse{ID: q.ID})
		return false, nil
	}
	p.wg.Add(1)
	go func() {
		defer p.wg.Done()
		p.say(p.answer(q, body))
	}()
	return true, nil
}

func (p *goCacheProgram) answer(q cacheRequest, body []byte) (r cacheResponse) {
	if q.Command == "put" {
		path, err := putEntry(p.own, q, body)
		r = cacheResponse{DiskPath: path}
		if err != nil {
			r.Err = err.Error()
		}
	} else if found, ok := getEntry(p.own, q.ActionID); ok {
		r = found
	} else if found, ok := getEntry(p.base, q.ActionID); ok {
		r = found
	} else {
		r.Miss = true
	}
	r.ID = q.ID
	return r
}

// entry is the file of an id in a plain GOCACHE: with "-a", an action's result; with "-d", an output.
func entry(dir string, id []byte, kind string) string {
	name := hex.EncodeToString(id)
	return filepath.Join(dir, name[:2], name+kind)
}

const idSize = 32

func getEntry(dir string, action []byte) (r cacheResponse, ok bool) {
	if dir == "" || len(action) != idSize {
		return r, false
	}
	text, err := os.ReadFile(entry(dir, action, "-a"))
	f := strings.Fields(string(text))
	if err != nil || len(f) != 5 || f[0] != "v1" || f[1] != hex.EncodeToString(action) {
		return r, false
	}
	out, err := hex.DecodeString(f[2])
	size, badSize := strconv.ParseInt(f[3], 10, 64)
	nano, badTime := strconv.ParseInt(f[4], 10, 64)
	if errors.Join(err, badSize, badTime) != nil || len(out) != idSize {
		return r, false
	}
	path := entry(dir, out, "-d")
	if info, err := os.Stat(path); err != nil || info.Size() != size {
		return r, false
	}
	at := time.Unix(0, nano)
	return cacheResponse{OutputID: out, Size: size, Time: &at, DiskPath: path}, true
}

func putEntry(dir string, q cacheRequest, body []byte) (string, error) {
	if len(q.ActionID) != idSize || len(q.OutputID) != idSize {
		return "", errors.New("an id of another size")
	}
	path := entry(dir, q.OutputID, "-d")
	if err := writeEntry(path, body); err != nil {
		return "", err
	}
	text := fmt.Appendf(nil, "v1 %x %x %20d %20d\n", q.ActionID, q.OutputID, len(body), time.Now().UnixNano())
	return path, writeEntry(entry(dir, q.ActionID, "-a"), text)
}

// writeEntry writes a file at once: another go command may read it.
func writeEntry(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
