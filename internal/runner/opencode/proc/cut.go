package proc

import (
	"encoding/json"
	"fmt"
	"strings"
)

// cut shortens an exported conversation to the messages up to and including one. found is false if it does not contain that one. A message of
// a person can have another stamp in front of the random end of its ID than the one it was created with.
func cut(exported []byte, message string) (rest []byte, found bool, err error) {
	whole := map[string]json.RawMessage{}
	if err := json.Unmarshal(exported, &whole); err != nil {
		return nil, false, fmt.Errorf("read an exported conversation: %w", err)
	}
	var messages []json.RawMessage
	if err := json.Unmarshal(whole["messages"], &messages); err != nil {
		return nil, false, fmt.Errorf("read the messages of an exported conversation: %w", err)
	}
	for i, m := range messages {
		var head struct {
			Info struct {
				ID string `json:"id"`
			} `json:"info"`
		}
		if err := json.Unmarshal(m, &head); err != nil {
			return nil, false, fmt.Errorf("read a message of an exported conversation: %w", err)
		}
		if !isSameMessage(head.Info.ID, message) {
			continue
		}
		if whole["messages"], err = json.Marshal(messages[:i+1]); err != nil {
			return nil, false, err
		}
		rest, err = json.Marshal(whole)
		return rest, err == nil, err
	}
	return nil, false, nil
}

// randomEnd is the length of the random end of an ID.
const randomEnd = 14

func isSameMessage(a, b string) bool {
	if a == b || len(a) <= randomEnd || len(b) <= randomEnd {
		return a == b
	}
	return strings.HasPrefix(a, "msg_") && a[len(a)-randomEnd:] == b[len(b)-randomEnd:]
}
