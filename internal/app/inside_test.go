package app

// MoveSession is move, for the test that holds it against the claim.
var MoveSession = (*App).move
