// For browsers that cannot run the page: shows the words that are in index.html. Written so that any browser since
// 2005 can read it; the number in its name changes with its content, because the server lets browsers keep it.
;(function () {
  function show() {
    var words = document.getElementById('old')
    var page = document.getElementById('app')
    // A page that has begun has words of its own.
    if (words && page && !page.firstChild) words.removeAttribute('hidden')
  }
  if (!('noModule' in document.createElement('script'))) show()
  window.onerror = function (message) {
    if (/SyntaxError/.test(String(message))) show()
  }
})()
