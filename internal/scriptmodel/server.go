package scriptmodel

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options configure a Server. The zero value requires no key and writes no log.
type Options struct {
	Key string    // required as bearer token or x-api-key when set
	Log io.Writer // receives each finished call as a line of JSON
	// Scripts are scripts by prompt, for prompts that should look natural.
	Scripts map[string]string
}

// Server plays scripts. It is safe for concurrent use.
type Server struct {
	key      string
	scripts  map[string]string
	mux      *http.ServeMux
	gates    gates
	mu       sync.Mutex
	log      io.Writer
	requests []Request
	recorded chan struct{} // closed and replaced at each record
	attempts map[string]int
}

// New returns a Server.
func New(o Options) *Server {
	s := &Server{key: o.Key, scripts: o.Scripts, log: o.Log, mux: http.NewServeMux(), attempts: map[string]int{}, recorded: make(chan struct{})}
	s.mux.HandleFunc("GET /v1/models", s.models)
	s.mux.HandleFunc("POST /v1/chat/completions", s.play(newChat))
	s.mux.HandleFunc("POST /v1/responses", s.play(newResponses))
	s.mux.HandleFunc("POST /v1/messages", s.play(newMessages))
	s.mux.HandleFunc("POST /gate/{name}/open", s.openGate)
	s.mux.HandleFunc("GET /gate/{name}", s.awaitGate)
	s.mux.HandleFunc("GET /requests", s.serveRequests)
	s.mux.HandleFunc("GET /totals", s.serveTotals)
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Listen serves s on addr. url is the base URL for a provider, which ends in /v1; stop ends all calls.
func (s *Server) Listen(addr string) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("listen for the scripted model: %w", err)
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // always returns an error, which is expected after Close
	}()
	return "http://" + l.Addr().String() + "/v1", func() { _ = srv.Close(); <-done }, nil
}

func (s *Server) models(w http.ResponseWriter, r *http.Request) {
	if !s.authorized(r) {
		refuse(w, http.StatusUnauthorized, "Incorrect API key provided.")
		return
	}
	model := func(id string) map[string]any {
		return map[string]any{"id": id, "object": "model", "owned_by": "scripted"}
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []any{model("scripted"), model("scripted-small")}})
}

func (s *Server) authorized(r *http.Request) bool {
	key := r.Header.Get("X-Api-Key")
	if key == "" {
		key = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	return s.key == "" || subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}

func refuse(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]any{"type": "error", "error": map[string]any{"message": text, "type": "scripted", "code": fmt.Sprintf("scripted_%d", status)}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have disconnected
}
