// A queue of questions in which the latest one wins.
//
// A drag asks faster than a network answers. So at most one question is under way; of the questions that
// come meanwhile only the latest waits, and it is asked as soon as the answer is there. A command (such as
// undo) is another matter: none may be left out, and it comes after every question that was asked before it.

export function questions(
  work, // async function of a question, and of a function `outdated`: was a later question answered already?
  {
    patience = 10_000, // milliseconds after which nobody waits for an answer any longer
    clock = () => performance.now(),
    onError = () => {}, // called with the error of a question or command that failed
  } = {},
) {
  let count = 0; // how many questions and commands there were
  let underWay = null; // { number, began } of the question that is not answered yet
  let answered = 0; // number of the latest question that was answered
  let waiting = null; // the question that will be next
  let command = null; // { number, began } of the command that is not done yet
  let postponed = []; // what waits until the command is done
  let times = []; // [when, after how many milliseconds] of the last answers

  async function begin() {
    const me = { number: ++count, began: clock() };
    const question = waiting;
    underWay = me;
    waiting = null;
    try {
      await work(question, () => me.number < answered);
      answered = Math.max(answered, me.number);
      if (underWay === me) times = [...times.slice(-399), [clock(), clock() - me.began]];
    } catch (error) {
      onError(error);
    }
    if (underWay !== me) return; // nobody waits for this answer any longer
    underWay = null;
    if (waiting) begin();
  }

  const tired = (since) => clock() - since > patience;
  const isFree = () => !command || tired(command.began);

  return {
    // Ask now, or as soon as the question under way is answered.
    ask(question) {
      waiting = question;
      if (!underWay || tired(underWay.began)) begin();
    },

    // Do something that no later question may overtake; `act` is an async function.
    async command(act) {
      if (waiting) begin(); // at once, although another one may be under way: it was asked before
      const me = { number: ++count, began: clock() };
      command = me;
      try {
        await act();
      } catch (error) {
        onError(error);
      }
      if (command !== me) return; // a later command is not done yet
      command = null;
      const todo = postponed;
      postponed = [];
      for (const postponedAct of todo) postponedAct();
    },

    // Is no command under way? While one is, the pose on the screen is an old one.
    isFree,

    // Do something now, or else when the command is done.
    whenFree(act) {
      if (isFree()) act();
      else postponed.push(act);
    },

    isWaiting: () => waiting !== null,

    // The answers since a moment, as a list of [when, after how many milliseconds].
    timesSince: (moment) => times.filter(([when]) => when >= moment),
  };
}
