package kit

// OtherName is a name of the first edition of the API that is still accepted. The document lists all of them as x-other-names.
type OtherName struct {
	// Operation is the ID of the operation, In is body or query.
	Operation string `json:"operation"`
	In        string `json:"in"`
	// Name is what is accepted, SameAs what to send instead.
	Name   string `json:"name"`
	SameAs string `json:"same_as"`
}

// AcceptAlso adds names to the list in the document. Reading them is up to the operation.
func (a *Kit) AcceptAlso(names ...OtherName) { a.otherNames = append(a.otherNames, names...) }
