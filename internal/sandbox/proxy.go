package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// proxied lets the program reach the network through the proxy, and tells it so. What is local stays so: it is the sandbox's own.
func (s Spec) proxied() (Spec, error) {
	if s.Proxy == "" {
		return s, nil
	}
	u, err := url.Parse(s.Proxy)
	if err != nil {
		return s, errors.New("the egress proxy's address is none") // the address holds a secret
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return s, fmt.Errorf("read the egress proxy's port: %w", err)
	}
	s.ConnectTCP = append(s.ConnectTCP, uint16(port))
	for name, value := range map[string]string{"HTTP_PROXY": s.Proxy, "HTTPS_PROXY": s.Proxy, "NO_PROXY": "localhost,127.0.0.1,::1"} {
		s.Env = append(s.Env, name+"="+value, strings.ToLower(name)+"="+value)
	}
	return s, nil
}
