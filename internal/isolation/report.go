package isolation

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes the result as a table, followed by the leaks.
func Print(out io.Writer, rows []Row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "REQUESTED\tAS\tREQUESTS\tRESULT\n")
	for _, r := range rows {
		result := "no leaks"
		if len(r.Leaks) > 0 {
			result = fmt.Sprintf("leaks: %d", len(r.Leaks))
		}
		if r.Asked == 0 {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", r.What, r.As, r.Asked, result)
	}
	for _, r := range rows {
		for _, l := range r.Leaks {
			fmt.Fprintf(w, "\nLEAK\t%s, as %s:\n\t%s\n", r.What, r.As, l)
		}
	}
	return w.Flush()
}
