package main

import "context"

// accepted is what an operator accepts as lost for one start.
type accepted struct{ key, files bool }

// acceptLoss makes the present keys those of the database if the operator asked for that.
func (s *server) acceptLoss(ctx context.Context) error {
	if !s.loss.key {
		return nil
	}
	lost, err := s.app.Console.AcceptLostKey(ctx)
	if err != nil {
		return err
	}
	if lost {
		s.log.Warn("the lost master key was accepted: enter the API keys of providers and the credentials of repositories again")
	} else {
		s.log.Info("the master key fits the database, so --accept-lost-key has no effect: leave it out next time")
	}
	return nil
}
