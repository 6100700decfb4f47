package usage

import "time"

// Truth compares three figures for the cost of some days: the gateway's charges, the agents' own reports and the price table.
type Truth struct {
	Ours  Row
	Agent Agent
	// Table is the cost according to the price table; Unpriced is the number of calls of models without a price.
	Table    int64
	Unpriced int64
	Models   []Charged
	// Estimated is the number of calls without figures from the provider; Doubtful the number with figures that look wrong, for
	// which Guess is an estimate.
	Estimated, Doubtful int64
	Guess               Guess
}

// Charged is the charged cost of one model, with the cost according to the price table.
type Charged struct {
	Row
	Table  int64
	Priced bool
}

// Version is a price of a model that starts at a time.
type Version struct {
	Model string
	From  time.Time
	Price Price
}

// PriceOn returns the price of a model at the end of a UTC day; ok is false if there is none. Versions are newest first.
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

// Reckon compares the charges of some days with the price table.
func Reckon(days []Day, price func(model, day string) (Price, bool)) (t Truth) {
	at := map[string]int{}
	for _, d := range days {
		i, seen := at[d.Model]
		if !seen {
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
