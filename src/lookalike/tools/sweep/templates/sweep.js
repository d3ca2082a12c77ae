// The page is all there as soon as it is read; nothing in it moves.
document.documentElement.dataset.ready = "";
