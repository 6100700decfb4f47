package models

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
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

// modelsFrom reads the rows of models: inputs of one name, one value for each row. A row without an id is left out.
func modelsFrom(c *fiber.Ctx) ([]provider.Model, error) {
	var f fault.Fields
	var models []provider.Model
	contexts, outputs := column(c, "model_context"), column(c, "model_output")
	in, out := column(c, "model_price_input"), column(c, "model_price_output")
	read, write := column(c, "model_price_cache_read"), column(c, "model_price_cache_write")
	for i, modelID := range column(c, "model_id") {
		if modelID == "" {
			continue
		}
		m := provider.Model{ID: modelID, Context: count(at(contexts, i), &f), Output: count(at(outputs, i), &f)}
		m.Price.Input, m.Price.Output = Money(at(in, i), &f), Money(at(out, i), &f)
		m.Price.CacheRead, m.Price.CacheWrite = Money(at(read, i), &f), Money(at(write, i), &f)
		models = append(models, m)
	}
	return models, f.Err()
}

// column is every value of inputs that share a name, in the order of the page.
func column(c *fiber.Ctx, name string) []string {
	var values []string
	for _, b := range c.Request().PostArgs().PeekMulti(name) {
		values = append(values, strings.TrimSpace(string(b)))
	}
	return values
}

func at(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

// Separators are what people write into long numbers.
var Separators = strings.NewReplacer(",", "", "_", "", " ", "")

// count reads a whole number; empty is 0.
func count(text string, f *fault.Fields) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(Separators.Replace(text), 10, 64)
	if err != nil {
		f.Add("models", "%q is not a whole number such as 200,000.", text)
	}
	return n
}

// Money reads dollars with up to six decimals as micro-dollars, without floats; empty is 0.
func Money(text string, f *fault.Fields) int64 {
	if text == "" {
		return 0
	}
	dollars, rest, _ := strings.Cut(strings.TrimPrefix(Separators.Replace(text), "$"), ".")
	micro := rest + strings.Repeat("0", max(0, 6-len(rest)))
	n, err := strconv.ParseUint("0"+dollars+micro, 10, 63)
	if err != nil || len(micro) > 6 {
		f.Add("models", "%q is not a price in dollars such as 0.25, with at most six decimals.", text)
		return 0
	}
	return int64(n)
}
