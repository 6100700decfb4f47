package providers

import (
	"slices"
	"strconv"
	"strings"
)

// modelCell is one input of a row of the form of models.
type modelCell struct{ name, label, value, mode string }

func (m Model) cells() []modelCell {
	return []modelCell{
		{"model_id", "Model", m.ID, ""},
		{"model_context", "Context", m.Context, "numeric"},
		{"model_output", "Output limit", m.Output, "numeric"},
		{"model_price_input", "Input $", m.Input, "decimal"},
		{"model_price_output", "Output $", m.Answer, "decimal"},
		{"model_price_cache_read", "Cache read $", m.CacheRead, "decimal"},
		{"model_price_cache_write", "Cache write $", m.CacheWrite, "decimal"},
	}
}

// meantRow is the row that a fault is about: the last one whose model it quotes, else the one with a value that it quotes, else the first.
func meantRow(fault string, rows []Model) int {
	for i, m := range slices.Backward(rows) {
		if quotes(fault, m.ID) {
			return i
		}
	}
	for i, m := range rows {
		for _, c := range m.cells() {
			if quotes(fault, c.value) {
				return i
			}
		}
	}
	return 0
}

func quotes(fault, value string) bool {
	return value != "" && strings.Contains(fault, strconv.Quote(value))
}

// meantCells are the inputs that a fault is about, by the words it begins with. Other faults are about the model, or quote a value.
var meantCells = map[string]string{
	"Enter the context size and output limit of ": "model_context model_output",
	"Enter a context size of ":                    "model_context",
	"The context of ":                             "model_context",
	"Enter an output limit for ":                  "model_output",
	"Prices for ":                                 "model_price_input model_price_output model_price_cache_read model_price_cache_write",
}

// isMeant reports whether the fault of a row is about this input.
func (c modelCell) isMeant(fault string, row Model) bool {
	for words, names := range meantCells {
		if strings.HasPrefix(fault, words) {
			return strings.Contains(" "+names+" ", " "+c.name+" ")
		}
	}
	for _, other := range row.cells()[1:] {
		if quotes(fault, other.value) {
			return quotes(fault, c.value) && c.name != "model_id"
		}
	}
	return fault != "" && c.name == "model_id"
}
