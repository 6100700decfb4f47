package proc

import (
	"encoding/json"
	"testing"
)

const conversation = `{"info":{"id":"ses_1","title":"t"},"messages":[
	{"info":{"id":"msg_0000000000010123456789abcd","role":"user"},"parts":[{"id":"prt_1"}]},
	{"info":{"id":"msg_0000000000020123456789abce","role":"assistant"},"parts":[]},
	{"info":{"id":"msg_0000000000030123456789abcf","role":"user"},"parts":[]}],"more":7}`

func TestCutEndsAtAMessage(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]int{
		"msg_0000000000010123456789abcd": 1,
		"msg_0000000000020123456789abce": 2,
		"msg_0000000000ff0123456789abcf": 3, // sent with a later stamp than it was created with
		"msg_0000000000020123456789abc0": 0,
		"msg_1":                          0,
	} {
		rest, found, err := cut([]byte(conversation), message)
		if err != nil || found != (want > 0) {
			t.Errorf("%s: found %v, %v", message, found, err)
		}
		if !found {
			continue
		}
		var got struct {
			Info     struct{ ID, Title string }
			Messages []struct{ Info struct{ ID string } }
			More     int
		}
		if err := json.Unmarshal(rest, &got); err != nil || len(got.Messages) != want || got.Info.ID != "ses_1" || got.More != 7 {
			t.Errorf("%s: %s, %v", message, rest, err)
		}
	}
	for _, broken := range []string{``, `[]`, `{"messages":7}`, `{"messages":[7]}`} {
		if _, _, err := cut([]byte(broken), "msg_1"); err == nil {
			t.Errorf("%q is no conversation, and was cut", broken)
		}
	}
}
