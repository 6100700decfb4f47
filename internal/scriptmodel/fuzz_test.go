package scriptmodel

import "testing"

func FuzzScript(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":"SCRIPT:[{\"text\":\"a b\",\"repeat\":2}]"}]}`))
	f.Add([]byte(`{"input":[{"type":"function_call_output"},{"role":"developer","content":[{"text":"x"}]}],"instructions":"i"}`))
	f.Add([]byte(`{"input":"SCRIPT:[{\"repeat\":-1,\"usage\":{\"prompt\":-5},\"status\":99}]"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := readConversation(body)
		if err != nil {
			return
		}
		for _, m := range c.messages {
			turns, found, err := parseScript(m.text)
			if !found && (err != nil || len(turns) > 0) {
				t.Fatalf("%q: turns without a marker: %v, %v", m.text, turns, err)
			}
			for _, turn := range turns {
				_ = turn.usage().counts()
				turn.finish()
			}
		}
	})
}
