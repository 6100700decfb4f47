package web

// SetPerCredential changes the limit of a credential behind a proxy.
func (s *Server) SetPerCredential(n int) { s.perCredential = n }
