package main

// demoWork are the sessions of each team of the demo: one that ends by itself, one that asks before it goes on, one that
// fails, and a draft. The scripted model knows each prompt's script.
var demoWork = []struct {
	title, prompt, script string
	draft                 bool
}{
	{title: "Write the packing list", prompt: "Write a packing list for the spare parts crate, one part a line, and count its lines.",
		script: `[{"reasoning":"A file first, then a look at it.","text":"I write the list. ","tools":[{"name":"write","args":{"filePath":"packing-list.txt","content":"12 bearings, 6204\n4 seals, 40 mm\n1 coupling, jaw type\n"}}]},
			{"text":"Now I count its lines. ","tools":[{"name":"bash","args":{"command":"wc -l packing-list.txt","description":"Count the lines"}}]},
			{"text":"The packing list is in ` + "`packing-list.txt`" + `: **3 lines**, one for each part.","chunk_ms":60}]`},
	{title: "Sort the inventory by shelf", prompt: "The inventory is in no order. Put it into inventory.csv, sorted by shelf, and keep the header on top.",
		script: `[{"reasoning":"The header must stay on top, so sorting the whole file would be wrong.","text":"I plan this in two steps. ","tools":[{"name":"todowrite","args":{"todos":[{"content":"Write the inventory as it is","status":"completed","priority":"high"},{"content":"Sort it by shelf below its header","status":"in_progress","priority":"high"},{"content":"Check that no part is lost","status":"pending","priority":"medium"}]}}]},
			{"tools":[{"name":"write","args":{"filePath":"inventory.csv","content":"shelf,part,count\nB2,bolt M8,400\nA1,nut M8,380\nC4,washer 8.4,900\nA3,pin 6x40,120\n"}}]},
			{"text":"The parts are in the file. Sorting them needs a command; the header stays where it is.","tools":[{"name":"bash","args":{"command":"(head -1 inventory.csv && tail -n +2 inventory.csv | sort) > sorted.csv && mv sorted.csv inventory.csv","description":"Sort below the header"}}]},
			{"text":"The inventory is sorted by shelf: A1, A3, B2, C4. No part is lost."}]`},
	{title: "Ask a provider that refuses the key", prompt: "Say hello.",
		script: `[{"status":401,"body":"{\"error\":{\"message\":\"Incorrect API key provided.\"}}"}]`},
	{title: "Describe next week's release", prompt: "Describe what the release of next week changes for people at the machines.", script: `[{"text":"It is described."}]`, draft: true},
}

// demoScripts are the scripts by prompt.
func demoScripts() map[string]string {
	scripts := map[string]string{}
	for _, w := range demoWork {
		scripts[w.prompt] = w.script
	}
	return scripts
}
