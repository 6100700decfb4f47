package usage

import "time"

// Truth is the cost of some days as three know it: the gateway, which charges; the agents themselves; the price table.
type Truth struct {
	Ours  Row
	Agent Agent
	// Table is what the price table makes of the counts; Unpriced are calls of models that no price is known of.
	Table    int64
	Unpriced int64
	Models   []Charged
	// Estimated are calls whose provider gave no figures; Doubtful those whose figures look wrong, with Guess in their place.
	Estimated, Doubtful int64
	Guess               Guess
}

// Charged is what one model was charged, beside what the price table makes of it.
type Charged struct {
	Row
	Table  int64
	Priced bool
}

// Version is a price of a model from a time on.
type Version struct {
	Model string
	From  time.Time
	Price Price
}

// PriceOn is the price of a model that held at the end of a UTC day; ok is false where none is known. Versions are newest first.
func PriceOn(versions []Version, model, day string) (Price, bool) {
	end, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return Price{}, false
	}
	end = end.AddDate(0, 0, 1)
	for _, v := range versions {
		if v.Model == model && v.From.Before(end) {
			return v.Price, true
		}
	}
	return Price{}, false
}

// Reckon holds what was charged on some days against the price table.
func Reckon(days []Day, price func(model, day string) (Price, bool)) (t Truth) {
	at := map[string]int{}
	for _, d := range days {
		i, known := at[d.Model]
		if !known {
			i = len(t.Models)
			at[d.Model], t.Models = i, append(t.Models, Charged{Row: Row{Key: d.Model, Name: d.Model}, Priced: true})
		}
		m := &t.Models[i]
		m.Row = m.Add(Row{Calls: d.Calls, Counts: d.Counts, Cost: d.Cost})
		t.Ours = t.Ours.Add(Row{Calls: d.Calls, Counts: d.Counts, Cost: d.Cost})
		p, ok := price(d.Model, d.Date)
		if !ok {
			m.Priced, t.Unpriced = false, t.Unpriced+d.Calls
			continue
		}
		cost := p.Cost(d.Counts)
		m.Table, t.Table = m.Table+cost, t.Table+cost
	}
	return t
}
