package models

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// providerFrom reads the form of a provider with its models.
func providerFrom(c *fiber.Ctx) (provider.Provider, error) {
	p := provider.Provider{Name: strings.TrimSpace(c.FormValue("name")), Kind: provider.Kind(c.FormValue("kind")),
		BaseURL: strings.TrimSuffix(strings.TrimSpace(c.FormValue("base_url")), "/")}
	if p.BaseURL == "" {
		p.BaseURL = p.Kind.DefaultBaseURL()
	}
	var err error
	p.Models, err = modelsFrom(c)
	return p, err
}

// modelsFrom reads the rows of models, whose inputs share names. A row without an id is ignored.
func modelsFrom(c *fiber.Ctx) ([]provider.Model, error) {
	var f fault.Fields
	var models []provider.Model
	contexts, outputs := formColumn(c, "model_context"), formColumn(c, "model_output")
	in, out := formColumn(c, "model_price_input"), formColumn(c, "model_price_output")
	read, write := formColumn(c, "model_price_cache_read"), formColumn(c, "model_price_cache_write")
	for i, modelID := range formColumn(c, "model_id") {
		if modelID == "" {
			continue
		}
		m := provider.Model{ID: modelID, Context: parseCount(valueAt(contexts, i), &f), Output: parseCount(valueAt(outputs, i), &f)}
		m.Price.Input, m.Price.Output = parseMoney(valueAt(in, i), &f), parseMoney(valueAt(out, i), &f)
		m.Price.CacheRead, m.Price.CacheWrite = parseMoney(valueAt(read, i), &f), parseMoney(valueAt(write, i), &f)
		models = append(models, m)
	}
	return models, f.Err()
}

// formColumn is every value of the inputs that share a name, in the order of the page.
func formColumn(c *fiber.Ctx, name string) []string {
	var values []string
	for _, b := range c.Request().PostArgs().PeekMulti(name) {
		values = append(values, strings.TrimSpace(string(b)))
	}
	return values
}

// valueAt is the value of a row, or empty where a browser sent fewer values.
func valueAt(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

// parseCount reads a whole number; empty is 0.
func parseCount(typed string, f *fault.Fields) int64 {
	if typed == "" {
		return 0
	}
	n, err := strconv.ParseInt(text.Ungroup(typed), 10, 64)
	if err != nil {
		f.Add("models", "Enter a whole number such as 200,000 (you entered %q).", typed)
	}
	return n
}

// leadingPoint begins an amount without whole dollars, such as .25.
var leadingPoint = regexp.MustCompile(`^\$?\.`)

// parseMoney reads an amount in dollars with up to six decimals as micro-dollars; empty is 0. A fault is added to f.
func parseMoney(typed string, f *fault.Fields) int64 {
	if typed == "" {
		return 0
	}
	amount := strings.TrimSuffix(leadingPoint.ReplaceAllString(text.Ungroup(typed), "0."), ".")
	n, ok := quota.Dollars(amount)
	if !ok {
		f.Add("models", "Enter a price in dollars with up to six decimal places, such as 0.25 (you entered %q).", typed)
		return 0
	}
	return n
}
