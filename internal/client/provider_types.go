package client

import (
	"time"
)

// Model is one model of a provider.
type Model struct {
	Context         int64  `json:"context"`
	ID              string `json:"id"`
	Output          int64  `json:"output"`
	PriceCacheRead  int64  `json:"price_cache_read"`
	PriceCacheWrite int64  `json:"price_cache_write"`
	PriceInput      int64  `json:"price_input"`
	PriceOutput     int64  `json:"price_output"`
}

// Provider is a model provider.
type Provider struct {
	BaseURL   string    `json:"base_url"`
	CreatedAt time.Time `json:"created_at"`
	HasKey    bool      `json:"has_key"`
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Models    []Model   `json:"models"`
	Name      string    `json:"name"`
	Warnings  []string  `json:"warnings"`
}

// NewProvider is the input for a provider.
type NewProvider struct {
	APIKey  string  `json:"api_key,omitempty"`
	BaseURL string  `json:"base_url,omitempty"`
	Kind    string  `json:"kind"`
	Models  []Model `json:"models"`
	Name    string  `json:"name"`
}

// ProviderTest is the result of a real request to a provider.
type ProviderTest struct {
	LatencyMS int64  `json:"latency_ms"`
	Message   string `json:"message"`
	Model     string `json:"model"`
	OK        bool   `json:"ok"`
	Status    int64  `json:"status"`
}

// ProviderAddress is the new URL of a provider.
type ProviderAddress struct {
	APIKey  string `json:"api_key,omitempty"`
	BaseURL string `json:"base_url"`
}
