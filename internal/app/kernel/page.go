package kernel

// MaxPage is the largest number of rows on one page of a list.
const MaxPage = 200
