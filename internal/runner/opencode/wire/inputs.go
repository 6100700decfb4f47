package wire

import "encoding/json"

// TextInput is a text of a prompt, with the id its piece will have.
type TextInput struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Text string `json:"text"`
}

// ModelInput names the model of a prompt.
type ModelInput struct {
	ProviderID string `json:"providerID"`
	ModelID    string `json:"modelID"`
}

// PromptInput is a person's message; the same id twice is one message.
type PromptInput struct {
	MessageID string      `json:"messageID"`
	Parts     []TextInput `json:"parts"`
	Agent     string      `json:"agent,omitempty"`
	Model     ModelInput  `json:"model"`
}

// SessionInput is a conversation to make.
type SessionInput struct {
	Title string `json:"title"`
}

// PermissionReply answers a permission: once, always or reject.
type PermissionReply struct {
	Reply   string `json:"reply"`
	Message string `json:"message,omitempty"`
}

// QuestionReply answers a question: the labels chosen, for each of its questions.
type QuestionReply struct {
	Answers json.RawMessage `json:"answers"`
}
