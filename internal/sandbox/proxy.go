package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// withProxy allows connections to the proxy and sets the proxy variables. Local addresses bypass the proxy, because they are inside the
// sandbox.
func (s Spec) withProxy() (Spec, error) {
	if s.Proxy == "" {
		return s, nil
	}
	u, err := url.Parse(s.Proxy)
	if err != nil {
		return s, errors.New("the egress proxy's URL is invalid") // without the URL, which contains a secret
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

// reachProxy lets a command use the proxy, if there are bridges to it. In a separate network, where nothing else is, all ports stay open,
// as for every command.
func (s Spec) reachProxy(out []Bridge) (Spec, error) {
	if len(out) == 0 {
		s.Proxy = ""
		return s, nil
	}
	s, err := s.withProxy()
	if Probe().Network {
		s.Out, s.ConnectTCP = out, nil
	}
	return s, err
}
