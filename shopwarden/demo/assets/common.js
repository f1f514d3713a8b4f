// Keeps the quantity at one or more; everything in this shop works without it.
document.addEventListener("change", function (event) {
  if (event.target.name === "quantity" && !(Number(event.target.value) >= 1)) {
    event.target.value = 1;
  }
});
