package main

// demoWork lists the sessions of each demo team: one that completes, one that asks for permission first, one that fails,
// and a draft. The scripted model finds each script by its prompt.
var demoWork = []struct {
	title, prompt, script string
	draft                 bool
}{
	{title: "Write the packing list", prompt: "Write a packing list for the spare parts crate, one part per line, and count the lines.",
		script: `[{"reasoning":"Write the file first, then check it.","text":"I'll write the list. ","tools":[{"name":"write","args":{"filePath":"packing-list.txt","content":"12 bearings, 6204\n4 seals, 40 mm\n1 coupling, jaw type\n"}}]},
			{"text":"Now I'll count its lines. ","tools":[{"name":"bash","args":{"command":"wc -l packing-list.txt","description":"Count the lines"}}]},
			{"text":"The packing list is in ` + "`packing-list.txt`" + `: **3 lines**, one for each part.","chunk_ms":60}]`},
	{title: "Sort the inventory by shelf", prompt: "The inventory is unsorted. Write it to inventory.csv, sorted by shelf, with the header first.",
		script: `[{"reasoning":"The header must stay first, so I can't sort the whole file.","text":"I'll do this in two steps. ","tools":[{"name":"todowrite","args":{"todos":[{"content":"Write the unsorted inventory","status":"completed","priority":"high"},{"content":"Sort it by shelf below its header","status":"in_progress","priority":"high"},{"content":"Check that no part is missing","status":"pending","priority":"medium"}]}}]},
			{"tools":[{"name":"write","args":{"filePath":"inventory.csv","content":"shelf,part,count\nB2,bolt M8,400\nA1,nut M8,380\nC4,washer 8.4,900\nA3,pin 6x40,120\n"}}]},
			{"text":"The parts are in the file. Next I'll sort them below the header.","tools":[{"name":"bash","args":{"command":"(head -1 inventory.csv && tail -n +2 inventory.csv | sort) > sorted.csv && mv sorted.csv inventory.csv","description":"Sort below the header"}}]},
			{"text":"The inventory is sorted by shelf: A1, A3, B2, C4. No part is missing."}]`},
	{title: "Use a provider that rejects the API key", prompt: "Say hello.",
		script: `[{"status":401,"body":"{\"error\":{\"message\":\"Incorrect API key provided.\"}}"}]`},
	{title: "Describe next week's release", prompt: "Describe what next week's release changes for machine operators.", script: `[{"text":"The release notes are ready."}]`, draft: true},
}

// demoScripts returns the scripts by prompt.
func demoScripts() map[string]string {
	scripts := map[string]string{}
	for _, w := range demoWork {
		scripts[w.prompt] = w.script
	}
	return scripts
}
